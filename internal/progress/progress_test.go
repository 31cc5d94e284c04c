package progress

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// at is a status after a step of a run of a hundred.
func at(step int) Status {
	return Status{
		Step: step, Steps: 100, Epoch: 2, Epochs: 5, Left: 2*time.Hour + 5*time.Minute,
		Numbers: []Number{
			{"images_per_s", 123.4, "123 img/s"}, {"loss", 4.5678, "loss 4.568"}, {"max_entropy", 6.93, ""},
		},
	}
}

const line7 = "epoch 2/5  step 7/100  2h 05m left  123 img/s  loss 4.568"

func TestModeFor(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, c := range []struct {
		out         io.Writer
		quiet, json bool
		want        Mode
	}{
		{file, false, false, Plain},
		{io.Discard, false, false, Plain},
		{file, true, false, Quiet},
		{file, false, true, JSON},
		{file, true, true, JSON},
	} {
		if got := ModeFor(c.out, c.quiet, c.json); got != c.want {
			t.Errorf("quiet %v, json %v: mode %d, want %d", c.quiet, c.json, got, c.want)
		}
	}
}

func TestPlain(t *testing.T) {
	var out bytes.Buffer
	p := New(&out, Plain)
	p.Note("going on from step %d", 6)
	p.Step(at(7))
	p.Event("knn", Fields{"epoch": 2}, "epoch %d: k-NN %.1f %%", 2, 12.5)
	p.Close()
	want := "going on from step 6\n" + line7 + "\nepoch 2: k-NN 12.5 %\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// Before enough steps are measured nothing is said of the time that is left.
func TestNothingIsLeftUnknown(t *testing.T) {
	s := at(7)
	s.Left = -time.Second
	if got, want := s.line(), "epoch 2/5  step 7/100  123 img/s  loss 4.568"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := s.fields()["left_s"]; got != nil {
		t.Errorf("left_s is %v, want null", got)
	}
}

// screen is what a terminal of one scrolling column shows after the output.
func screen(output string) []string {
	lines := []string{""}
	column := 0
	for _, r := range output {
		last := []rune(lines[len(lines)-1])
		switch {
		case r == '\r':
			column = 0
			continue
		case r == '\n':
			lines, column = append(lines, ""), 0
			continue
		case column < len(last):
			last[column] = r
		default:
			last = append(last, r)
		}
		lines[len(lines)-1] = string(last)
		column++
	}
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return lines
}

// On a terminal one line is redrawn; what is printed in between stands above it, and nothing of a
// longer line stays behind a shorter.
func TestTerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		p := New(&out, Terminal)
		long := at(6)
		long.Numbers[0].Text = "123456 img/s"
		p.Step(long)
		time.Sleep(time.Second)
		p.Step(at(7))
		if diff := cmp.Diff([]string{line7}, screen(out.String())); diff != "" {
			t.Errorf("-want +screen:\n%s", diff)
		}
		p.Event("knn", nil, "k-NN %d %%", 12)
		time.Sleep(time.Second)
		p.Step(at(7))
		if diff := cmp.Diff([]string{"k-NN 12 %", line7}, screen(out.String())); diff != "" {
			t.Errorf("-want +screen:\n%s", diff)
		}
		p.Close()
		p.Close() // ends the line once
		if diff := cmp.Diff([]string{"k-NN 12 %", line7, ""}, screen(out.String())); diff != "" {
			t.Errorf("-want +screen:\n%s", diff)
		}
	})
}

func TestQuiet(t *testing.T) {
	var out bytes.Buffer
	p := New(&out, Quiet)
	p.Note("note")
	p.Event("start", nil, "start")
	p.Step(at(1))
	p.Step(at(100))
	p.Close()
	if out.Len() > 0 {
		t.Errorf("printed %q", out.String())
	}
}

// The status is shown at most so often, but the last step always.
func TestIntervals(t *testing.T) {
	for mode, want := range map[Mode]int{Terminal: 50, JSON: 10, Plain: 1} {
		synctest.Test(t, func(t *testing.T) {
			var out counter
			p := New(&out, mode)
			for step := range 99 { // 100 ms a step
				p.Step(at(step + 1))
				time.Sleep(100 * time.Millisecond)
			}
			if out != counter(want) {
				t.Errorf("mode %d: shown %d times in 9.9 s, want %d", mode, out, want)
			}
			p.Step(at(100))
			if out != counter(want+1) {
				t.Errorf("mode %d: the last step is not shown", mode)
			}
		})
	}
}

// counter counts writes.
type counter int

func (c *counter) Write(p []byte) (int, error) {
	*c++
	return len(p), nil
}

// objects parses JSON lines.
func objects(t *testing.T, text string) []map[string]any {
	t.Helper()
	var all []map[string]any
	for line := range strings.Lines(text) {
		var object map[string]any
		if err := json.Unmarshal([]byte(line), &object); err != nil || !strings.HasSuffix(line, "\n") {
			t.Fatalf("%q is no line of JSON: %v", line, err)
		}
		all = append(all, object)
	}
	return all
}

func TestJSON(t *testing.T) {
	var out bytes.Buffer
	p := New(&out, JSON)
	p.Note("line 1\nline %q", "2")
	p.Event("start", Fields{}, "not shown")
	p.Step(at(100))
	p.Close()
	want := []map[string]any{
		{"event": "note", "text": "line 1\nline \"2\""},
		{"event": "start"},
		{
			"event": "step", "step": 100., "steps": 100., "epoch": 2., "epochs": 5., "left_s": 7500.,
			"images_per_s": 123.4, "loss": 4.5678, "max_entropy": 6.93,
		},
	}
	if diff := cmp.Diff(want, objects(t, out.String())); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// A count passes by like a status: redrawn, thinned out, its end always shown.
func TestCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var plain, lines, terminal bytes.Buffer
		for mode, out := range map[Mode]*bytes.Buffer{Plain: &plain, JSON: &lines, Terminal: &terminal} {
			p := New(out, mode)
			for done := range 39 {
				p.Count(Count{Done: done + 1, Total: 39, What: "images"})
			}
			p.Close()
		}
		if want := "1 of 39 images\n39 of 39 images\n"; plain.String() != want {
			t.Errorf("got %q, want %q", plain.String(), want)
		}
		if diff := cmp.Diff([]string{"39 of 39 images", ""}, screen(terminal.String())); diff != "" {
			t.Errorf("-want +screen:\n%s", diff)
		}
		want := []map[string]any{
			{"event": "count", "done": 1., "total": 39., "what": "images", "per_s": 0., "left_s": nil},
			{"event": "count", "done": 39., "total": 39., "what": "images", "per_s": 0., "left_s": nil},
		}
		if diff := cmp.Diff(want, objects(t, lines.String())); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}

// What JSON cannot hold breaks no line.
func TestJSONOfNaN(t *testing.T) {
	var out bytes.Buffer
	p := New(&out, JSON)
	s := at(100)
	s.Numbers[1].Value, s.Numbers[2].Value = math.NaN(), math.Inf(1)
	p.Step(s)
	p.Event("knn", Fields{"knn": math.NaN(), "bad": func() {}}, "")
	got := objects(t, out.String())
	if len(got) != 2 || got[0]["event"] != "step" || got[1]["event"] != "knn" {
		t.Fatalf("got %v, want two events", got)
	}
	if got[0]["step"] != 100. || got[0]["loss"] != nil || got[0]["max_entropy"] != nil {
		t.Errorf("got %v, want the step with null for what is non-finite", got[0])
	}
	for _, key := range []string{"loss", "max_entropy"} {
		if _, there := got[0][key]; !there {
			t.Errorf("%s is missing", key)
		}
	}
}

// Lines of several goroutines do not mix.
func TestConcurrentUse(t *testing.T) {
	var out bytes.Buffer
	p := New(&out, JSON)
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for j := range 20 {
				p.Note("%d %d", i, j)
				p.Step(at(100))
			}
		})
	}
	group.Wait()
	if got := objects(t, out.String()); len(got) != 320 {
		t.Errorf("%d lines, want 320", len(got))
	}
}

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 400 * time.Millisecond: "0s", 600 * time.Millisecond: "1s", 59 * time.Second: "59s",
		59600 * time.Millisecond: "1m 00s",
		200 * time.Second:        "3m 20s", time.Hour: "1h 00m", 125 * time.Minute: "2h 05m",
		100 * time.Hour: "4d 04h",
	} {
		if got := Duration(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}

func ExamplePrinter() {
	p := New(os.Stdout, Plain)
	p.Note("%d images", 3)
	p.Step(Status{
		Step: 1, Steps: 1, Epoch: 1, Epochs: 1,
		Numbers: []Number{{"images_per_s", 50, "50 img/s"}, {"loss", 2.5, "loss 2.500"}},
	})
	fmt.Println(Duration(90 * time.Second))
	// Output:
	// 3 images
	// epoch 1/1  step 1/1  0s left  50 img/s  loss 2.500
	// 1m 30s
}

func TestClipFitsTheTerminal(t *testing.T) {
	for _, test := range []struct {
		line  string
		width int
		want  string
	}{
		{"epoch 1/10  step 3/40", 80, "epoch 1/10  step 3/40"},
		{"epoch 1/10  step 3/40", 11, "epoch 1/10"},
		{"exactly", 8, "exactly"},
		{"exactly", 7, "exactl"},
		{"µ-units", 3, "µ-"},
		{"no terminal", 0, "no terminal"},
		{"narrow", 1, ""},
	} {
		if got := clip(test.line, test.width); got != test.want {
			t.Errorf("clip(%q, %d) = %q, want %q", test.line, test.width, got, test.want)
		}
	}
}
