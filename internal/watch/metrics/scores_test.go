package metrics

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// appended writes lines behind those of a file.
func appended(t *testing.T, path, text string) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteString(text); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
}

// The first of the best and the last score are found, also in what is written later, and a file
// that begins anew is read anew.
func TestScores(t *testing.T) {
	path := filepath.Join(t.TempDir(), "metrics.jsonl")
	s := OpenScores(path)
	want := func(text string) {
		t.Helper()
		got, err := s.Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		told := fmt.Sprint(got.Number)
		for _, score := range []*Score{got.Best, got.Last} {
			if score != nil {
				told += fmt.Sprintf(" %d/%d/%v", score.Step, score.Epoch, score.KNN)
			}
		}
		for _, x := range []*float64{got.Untrained, got.Pixels} {
			if x != nil {
				told += fmt.Sprintf(" %v", *x)
			}
		}
		if told != text {
			t.Errorf("%s, want %s", told, text)
		}
	}
	want("0")
	line := func(step int, knn string) string {
		return fmt.Sprintf(`{"step":%d,"epoch":%d,"loss":1,"knn":%s,"knn_untrained":30,"knn_pixels":25.5}`+"\n", step,
			step/4, knn)
	}
	appended(t, path, strings.Repeat(`{"step":0,"epoch":0,"loss":2,"knn_untrained":7}`+"\n", 3)+line(3, "50"))
	want("1 3/0/50 3/0/50 30 25.5")
	appended(t, path, line(7, "61")+line(7, "99")+line(5, "99")+line(11, "null")+line(15, "61")+`{"step":19,"knn":`)
	want("3 7/1/61 15/3/61 30 25.5")
	appended(t, path, `40}`+"\n")
	want("4 7/1/61 19/0/40")
	if err := os.WriteFile(path, []byte(line(3, "12")), 0o600); err != nil {
		t.Fatal(err)
	}
	want("1 3/0/12 3/0/12 30 25.5")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	want("0")
	if err := os.Mkdir(path, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Read(t.Context()); err == nil {
		t.Error("a folder was read")
	}
}
