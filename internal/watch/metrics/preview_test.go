package metrics

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Of a long file lines are shown before it is read, the first and the last among them, each as it
// stands there; of a short one, and of one that is read, none.
func TestPreview(t *testing.T) {
	path := filepath.Join(t.TempDir(), "metrics.jsonl")
	var text strings.Builder
	steps := 0
	for ; text.Len() < previewFrom; steps++ {
		fmt.Fprintf(&text, `{"step":%d,"epoch":%d,"loss":%v,"other":null}`+"\n", steps, steps/100, steps*2)
	}
	write := func(text string) *Log {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return Open(path)
	}
	l := write(text.String() + `{"step":99999999,"loss":`)
	c, ok := l.Preview()
	if !ok || len(c.Steps) != previewLines || c.Steps[0] != 0 || c.Steps[len(c.Steps)-1] != int64(steps-1) ||
		c.Generation != PreviewGeneration || !c.More || c.Width != 1 {
		t.Fatalf("%v, %d steps, the last of %d, generation %s", ok, len(c.Steps), steps, c.Generation)
	}
	for i, step := range c.Steps {
		if c.Columns[0].Mean[i] != float32(2*step) || c.Epochs[i] != step/100 ||
			!math.IsNaN(float64(c.Columns[1].Mean[i])) {
			t.Errorf("step %d: %v", step, c.Columns[0].Mean[i])
		}
		if i > 0 && step-c.Steps[i-1] > int64(2*steps/previewLines) {
			t.Errorf("nothing between the steps %d and %d", c.Steps[i-1], step)
		}
	}
	if _, _, err := l.Update(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, ok := l.Preview(); ok {
		t.Error("a preview of what is read")
	}
	if _, ok := write(text.String()[:previewFrom/2]).Preview(); ok {
		t.Error("a preview of a short file")
	}
	if _, ok := write(strings.Repeat("x", previewFrom+1)).Preview(); ok {
		t.Error("a preview of rubbish")
	}
	if _, ok := Open(path + ".none").Preview(); ok {
		t.Error("a preview of nothing")
	}
}
