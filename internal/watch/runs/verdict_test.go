package runs

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func finding(kind, change, severity string, step int) string {
	return fmt.Sprintf(`{"kind":%q,"change":%q,"severity":%q,"confidence":"likely","step":%d,"since":2,"what":"w",`+
		`"evidence":[{"name":"kl","value":0.5,"limit":1}],"advice":[{"option":"train.epochs","value":"9","why":"y"}]}`+
		"\n",
		kind, change, severity, step)
}

// The summary has the gravest finding that is not over.
func TestGravestFinding(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	newRun(t, path, 5)
	r := Open(path, "run")
	r.Refresh(time.Now(), Locks{})
	if s := r.Summary(); s.Verdict != "" || s.Severity != "" {
		t.Errorf("without a verdict: %+v", s)
	}
	text := ""
	for _, c := range []struct{ line, kind, severity string }{
		{finding("plateau", "begins", "hint", 3), "plateau", "hint"},
		{finding("one_prototype", "begins", "failure", 4), "one_prototype", "failure"},
		{finding("few_images", "begins", "warning", 5), "one_prototype", "failure"},
		{"{}\nrubbish\n" + finding("one_prototype", "ends", "failure", 6), "few_images", "warning"},
		{finding("few_images", "ends", "warning", 7), "plateau", "hint"},
		{finding("plateau", "ends", "hint", 8), "", ""},
	} {
		text += c.line
		write(t, filepath.Join(path, "verdict.jsonl"), text+`{"kind":"torn`)
		r.Refresh(time.Now(), Locks{})
		if s := r.Summary(); s.Verdict != c.kind || s.Severity != c.severity {
			t.Errorf("%q, %q, want %q, %q", s.Verdict, s.Severity, c.kind, c.severity)
		}
	}
	found, err := r.Findings()
	if err != nil || len(found) != 6 || found[0].Advice[0].Option != "train.epochs" || found[0].Evidence[0].Limit != 1 {
		t.Errorf("%+v, %v", found, err)
	}
	write(t, filepath.Join(path, "verdict.jsonl"),
		strings.Repeat(finding("plateau", "begins", "hint", 1), maxFindings+9))
	if found, err := r.Findings(); err != nil || len(found) != maxFindings {
		t.Errorf("%d findings, %v", len(found), err)
	}
}
