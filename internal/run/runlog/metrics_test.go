package runlog

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestResumeAfterKill lets a run of 12 steps die all over its file, go on from
// steps that a checkpoint may have had, and finish: the file must be that of an
// uninterrupted run.
func TestResumeAfterKill(t *testing.T) {
	dir := t.TempDir()
	whole := filepath.Join(dir, "whole.jsonl")
	writeSteps(t, whole, 0, 12)
	want := read(t, whole)
	path := filepath.Join(dir, "metrics.jsonl")
	for length := 0; length <= len(want); length += 7 {
		complete := bytes.Count(want[:length], []byte("\n"))
		for resume := 0; resume <= complete; resume += 3 {
			if err := os.WriteFile(path, want[:length], 0o644); err != nil {
				t.Fatal(err)
			}
			writeSteps(t, path, resume, 12)
			if got := read(t, path); !bytes.Equal(got, want) {
				t.Fatalf("cut at byte %d, going on from step %d:\n%s", length, resume, got)
			}
		}
	}
}

func TestReadMetrics(t *testing.T) {
	path := filepath.Join(t.TempDir(), "metrics.jsonl")
	writeSteps(t, path, 0, 5)
	var want []Record
	for step := range 5 {
		want = append(want, recordOf(step))
	}
	for _, torn := range []string{"", `{"step":5`, "\x00\x00"} {
		appendText(t, path, torn)
		got, err := ReadMetrics(path, table)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	appendText(t, path, "\n")
	if _, err := ReadMetrics(path, table); err == nil || !strings.Contains(err.Error(), path) ||
		!strings.Contains(err.Error(), "line 6 is damaged") {
		t.Errorf("damaged line: got error %v", err)
	}
	if _, err := ReadMetrics(path+".absent", table); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("absent file: got error %v", err)
	}
}

// TestOpenMetricsCutsTornBlocks: what follows the last line to keep may be
// anything, as after a power failure.
func TestOpenMetricsCutsTornBlocks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "metrics.jsonl")
	writeSteps(t, path, 0, 3)
	want := read(t, path)
	appendText(t, path, "\x00\x00\n{\"step\":3,\"epoch\":0}\nhalf")
	writeSteps(t, path, 3, 3)
	if got := read(t, path); !bytes.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

// A file that was made longer by zeros is an error, and not read into memory.
func TestMetricsWithoutEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "metrics.jsonl")
	writeSteps(t, path, 0, 3)
	if err := os.Truncate(path, 1<<40); err != nil {
		t.Skip("no sparse files: ", err)
	}
	for name, err := range map[string]error{
		"open": func() error { _, err := OpenMetrics(path, table, 3); return err }(),
		"read": func() error { _, err := ReadMetrics(path, table); return err }(),
	} {
		if err == nil || !strings.Contains(err.Error(), path+": line 4 has more than") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOpenMetricsErrors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "metrics.jsonl")
	tests := []struct{ text, want string }{
		{
			`{"step":0,"epoch":0}` + "\n{}\n" + `{"step":2,"epoch":0}` + "\n",
			"line 2 is damaged: step is no number of at least 0; it stands before the line of step 2",
		},
		{
			`{"step":9,"epoch":0}` + "\n" + `{"step":2,"epoch":0}` + "\n",
			"line 1 is of step 9, and the run goes on from step 5; it stands before the line of step 2",
		},
	}
	for _, test := range tests {
		if err := os.WriteFile(path, []byte(test.text), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := OpenMetrics(path, table, 5)
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("got error %v\nwant       %s", err, test.want)
		}
		if got := read(t, path); string(got) != test.text {
			t.Errorf("the file was changed to %q", got)
		}
	}
	if _, err := OpenMetrics(filepath.Dir(path), table, 0); err == nil {
		t.Error("a folder was taken for the file")
	}
}

func writeSteps(t *testing.T, path string, from, to int) {
	t.Helper()
	m, err := OpenMetrics(path, table, from)
	if err != nil {
		t.Fatal(err)
	}
	for step := from; step < to; step++ {
		if err := m.Write(recordOf(step)); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if err := m.Write(recordOf(to)); err == nil {
		t.Error("writing after Close succeeded")
	}
}

func appendText(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, append(read(t, path), text...), 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
