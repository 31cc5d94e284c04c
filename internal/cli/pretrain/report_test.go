package pretrain

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dino-go/dino/internal/data/synth"
)

// trained are the options of a run of one epoch in a new folder, and what it printed.
func trained(t *testing.T) (Options, *bytes.Buffer) {
	t.Helper()
	if os.Getenv("MLFLOW_TRACKING_URI") != "" && !strings.HasPrefix(t.Name(), "TestMLflow") {
		t.Setenv("MLFLOW_TRACKING_URI", "") // that of whoever runs the tests
	}
	dir := t.TempDir()
	photos := filepath.Join(dir, "photos")
	err := synth.Generate(context.Background(), photos, synth.Options{Images: 24, Classes: 3, Size: 20, Seed: 1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var printed bytes.Buffer
	return Options{
		Data: photos, Out: filepath.Join(dir, "run"), File: tinyRun, Epochs: 1,
		changed: func(flag string) bool { return strings.Contains("data epochs", flag) },
		stdout:  &printed, stderr: &printed,
	}, &printed
}

// A complete run has its report, which says that it is finished; the same command again keeps it,
// and writes one that is missing.
func TestReportOfACompleteRun(t *testing.T) {
	o, printed := trained(t)
	if err := run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	page := read(t, o.Out, "report.html")
	for _, want := range []string{`"name":"run"`, `"state":"finished"`, `"name":"train.epochs"`} {
		if !bytes.Contains(page, []byte(want)) {
			t.Errorf("the report has no %s", want)
		}
	}
	if !strings.HasSuffix(printed.String(), "how it went: "+filepath.Join(o.Out, "report.html")+"\n") {
		t.Errorf("printed %s", printed)
	}
	path := filepath.Join(o.Out, "report.html")
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), o); err != nil || string(read(t, o.Out, "report.html")) != "mine" {
		t.Errorf("the report of a run that was complete was written again, %v", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), o); err != nil || len(read(t, o.Out, "report.html")) < len(page)/2 {
		t.Errorf("a report that was missing is not there, %v", err)
	}
}

// A report that cannot be written is a warning: the run is complete.
func TestReportThatCannotBeWritten(t *testing.T) {
	o, printed := trained(t)
	inTheWay := filepath.Join(o.Out, "report.html")
	o.JSON = true
	o.stdout = &interceptor{printed, func(text []byte) {
		if !bytes.Contains(text, []byte(`"start"`)) {
			return
		}
		if err := os.MkdirAll(inTheWay, 0o755); err != nil {
			t.Error(err)
		}
	}}
	if err := run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if len(read(t, o.Out, "teacher.safetensors")) == 0 {
		t.Error("the run has no backbone")
	}
	if !strings.Contains(printed.String(), "its report cannot be written: ") {
		t.Errorf("printed %s", printed)
	}
}

// interceptor is a writer that does something before it writes.
type interceptor struct {
	to *bytes.Buffer
	do func(text []byte)
}

func (i *interceptor) Write(text []byte) (int, error) {
	i.do(text)
	return i.to.Write(text)
}
