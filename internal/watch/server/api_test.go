package server

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/dino-go/dino/internal/watch/runs"
)

// answered decodes an answer.
func answered[T any](s *served, path string) T {
	s.Helper()
	response, body := s.ask("GET", path, "", nil)
	var value T
	if err := json.Unmarshal([]byte(body), &value); err != nil || response.StatusCode != 200 {
		s.Fatalf("%s: %d %.300s %v", path, response.StatusCode, body, err)
	}
	return value
}

type curves struct {
	Generation  string
	Width, From int
	More        bool
	Error       string
	Steps       []int
	Columns     map[string]struct{ Mean, Min, Max []*float64 }
}

func TestAPI(t *testing.T) {
	dir := t.TempDir()
	newRun(t, filepath.Join(dir, "b"), 25)
	newRun(t, filepath.Join(dir, "a"), 5000)
	write(t, filepath.Join(dir, "b", "bad_images.jsonl"), `{"image":3,"path":"x","reason":"y"}`+"\n")
	s := serve(t, dir, false)
	overview := answered[Overview](s, "/api/runs")
	if len(overview.Runs) != 2 || overview.Runs[0].Name != "a" || overview.Runs[1].Step != 24 {
		t.Fatalf("%+v", overview)
	}
	a, b := overview.Runs[0].ID, overview.Runs[1].ID
	d := answered[Details](s, "/api/run?id="+b)
	if d.Bad.Total != 1 || len(d.Options) != 1 || d.Options[0] != (runs.Option{Name: "train.epochs", Value: "3"}) {
		t.Errorf("%+v", d)
	}
	c := answered[curves](s, "/api/curves?points=100&id="+a)
	if c.Width != 64 || len(c.Steps) != 79 || c.Steps[78] != 4999 || c.More || *c.Columns["loss"].Mean[0] > 4 {
		t.Errorf("width %d, %d steps", c.Width, len(c.Steps))
	}
	part := answered[curves](s, "/api/curves?points=100&first=100&last=150&id="+a)
	if part.Width != 1 || len(part.Steps) != 51 || part.Steps[0] != 100 || part.Columns["loss"].Min != nil {
		t.Errorf("width %d, %d steps", part.Width, len(part.Steps))
	}
	// what is asked for since a bucket of another generation is answered whole
	since := answered[curves](s, "/api/curves?points=100&since=78&generation="+c.Generation+"&id="+a)
	other := answered[curves](s, "/api/curves?points=100&since=78&generation=x&id="+a)
	if since.From != 78 || len(since.Steps) != 1 || other.From != 0 || len(other.Steps) != 79 {
		t.Errorf("from %d, %d steps; from %d, %d steps", since.From, len(since.Steps), other.From, len(other.Steps))
	}
	for path, want := range map[string]int{
		"/api/run?id=none": 404, "/api/curves?id=../../etc": 404, "/none": 404, "/static/main.js": 404,
		"/..%2fpage.go":                404,
		"/api/curves?points=0&id=" + a: 400, "/api/curves?points=9999&id=" + a: 400, "/api/curves?first=-1&id=" +
			a: 400,
		"/api/curves?since=x&id=" + a: 400, "/main.js": 200, "/uPlot.iife.min.js": 200, "/LICENSE": 200,
	} {
		if response, body := s.ask("GET", path, "", nil); response.StatusCode != want {
			t.Errorf("%s: %d %.100s, want %d", path, response.StatusCode, body, want)
		}
	}
}

// Of a file that ends in rubbish the lines before it are shown, and the reason why no more are.
func TestCurvesOfADamagedFile(t *testing.T) {
	dir := t.TempDir()
	newRun(t, filepath.Join(dir, "run"), 3)
	write(t, filepath.Join(dir, "run", "metrics.jsonl"), metricsOf(0, 3)+strings.Repeat("x", 1<<24+1<<18))
	s := serve(t, dir, false)
	path := "/api/curves?id=" + s.runs.Runs()[0].ID
	for range 2 {
		c := answered[curves](s, path)
		if len(c.Steps) != 3 || c.More || !strings.Contains(c.Error, "metrics.jsonl: the line at byte") {
			t.Errorf("%d steps, more %v, %q", len(c.Steps), c.More, c.Error)
		}
	}
	if err := os.Remove(filepath.Join(dir, "run", "metrics.jsonl")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "run", "metrics.jsonl"), 0o755); err != nil {
		t.Fatal(err)
	}
	if c := answered[curves](s, path); !strings.Contains(c.Error, "is not a regular file") {
		t.Errorf("a folder in its place: %q", c.Error)
	}
}

// Notes that are wrong are refused with the reason, and so is a folder that cannot be written.
func TestNotesAreRefused(t *testing.T) {
	dir := t.TempDir()
	newRun(t, filepath.Join(dir, "run"), 3)
	s := serve(t, dir, false)
	path := "/api/notes?id=" + s.runs.Runs()[0].ID
	post := func(body string) int {
		response, _ := s.ask("POST", path, body, func(r *http.Request) {
			r.Header.Set("Content-Type", "application/json; charset=utf-8")
			r.Header.Set("Origin", "http://"+s.host)
		})
		return response.StatusCode
	}
	for body, want := range map[string]int{
		"": 400, "{": 400, `{"x":1}`: 400, `{"tags":["a,b"]}`: 400, `{"note":"` + strings.Repeat("x", 70_000) +
			`"}`: 400,
		`{"note":"ok"}`: 200,
	} {
		if got := post(body); got != want {
			t.Errorf("%.30s: %d, want %d", body, got, want)
		}
	}
	if os.Geteuid() != 0 {
		if err := os.Chmod(filepath.Join(dir, "run"), 0o500); err != nil {
			t.Fatal(err)
		}
		if got := post(`{"note":"no"}`); got != 403 {
			t.Errorf("a folder that cannot be written: %d", got)
		}
		os.Chmod(filepath.Join(dir, "run"), 0o700)
	}
}

// The stream begins with all runs and goes on with those that change, and ends with the server.
func TestEvents(t *testing.T) {
	dir := t.TempDir()
	run := filepath.Join(dir, "run")
	newRun(t, run, 5)
	newRun(t, filepath.Join(dir, "still"), 5)
	s := serve(t, dir, false)
	response, err := http.Get("http://" + s.host + "/api/events")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	next := func() (o Overview) {
		t.Helper()
		for lines.Scan() {
			if text, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				if err := json.Unmarshal([]byte(text), &o); err != nil {
					t.Fatal(err)
				}
				return o
			}
		}
		t.Fatal("the stream ended: ", lines.Err())
		return o
	}
	for seen := 0; seen < 2; { // at once or one after the other
		seen += len(next().Runs)
	}
	write(t, filepath.Join(run, "metrics.jsonl"), metricsOf(0, 9))
	if o := next(); len(o.Runs) != 1 || o.Runs[0].Step != 8 {
		t.Errorf("%+v", o)
	}
	s.end()
	for lines.Scan() {
	}
}

// A stream begins with an event also where there is no run, so that the page knows.
func TestEventsOfNoRuns(t *testing.T) {
	s := serve(t, t.TempDir(), false)
	response, err := http.Get("http://" + s.host + "/api/events")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	line, err := bufio.NewReader(response.Body).ReadString('\n')
	if err != nil || line != "event: runs\n" {
		t.Errorf("%q, %v", line, err)
	}
	s.end()
}

// What ends the server other than its context is an error.
func TestServeFails(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	collection, err := runs.NewCollection([]string{t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if err := New(collection, listener.Addr()).Serve(t.Context(), listener); err == nil {
		t.Error("a listener that is closed serves")
	}
}

// Without a stream nothing looks at the runs, and streams are bounded.
func TestStreams(t *testing.T) {
	dir := t.TempDir()
	collection, err := runs.NewCollection([]string{dir})
	if err != nil {
		t.Fatal(err)
	}
	h := newHub(collection)
	before := runtime.NumGoroutine()
	var wakes []chan struct{}
	for range mostStreams {
		wake, ok := h.open()
		if !ok {
			t.Fatal("too few streams")
		}
		wakes = append(wakes, wake)
	}
	if _, ok := h.open(); ok {
		t.Error("too many streams")
	}
	newRun(t, filepath.Join(dir, "run"), 1)
	h.refresh()
	for _, wake := range wakes {
		<-wake
		h.close(wake)
	}
	for i := 0; h.stop != nil || runtime.NumGoroutine() > before; i++ {
		if i == 100 {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// The indexes of many runs do not stay in memory; those used last do.
func TestMemoryIsBounded(t *testing.T) {
	dir := t.TempDir()
	const many = 24
	for i := range many {
		var text strings.Builder
		for step := range 2000 {
			fmt.Fprintf(&text, `{"step":%d`, step)
			for n := range 16 {
				fmt.Fprintf(&text, `,"number_%d":%d`, n, step)
			}
			text.WriteString("}\n")
		}
		newRun(t, filepath.Join(dir, fmt.Sprintf("run-%02d", i)), 0)
		write(t, filepath.Join(dir, fmt.Sprintf("run-%02d", i), "metrics.jsonl"), text.String())
	}
	s := serve(t, dir, false)
	all := s.runs.Runs()
	for _, r := range all {
		if c := answered[curves](s, "/api/curves?id="+r.ID); len(c.Steps) != 500 {
			t.Fatalf("%d steps", len(c.Steps))
		}
	}
	total := 0
	for _, r := range all {
		total += r.Log.Bytes()
	}
	if total > mostBytes+1<<20 || total < mostBytes/2 {
		t.Errorf("%d bytes of indexes, at most %d are wanted", total, mostBytes)
	}
	if all[0].Log.Bytes() > 1000 || all[many-1].Log.Bytes() == 0 {
		t.Error("those that were used last went first")
	}
	if c := answered[curves](s, "/api/curves?id="+all[0].ID); len(c.Steps) != 500 {
		t.Errorf("read again it has %d steps", len(c.Steps))
	}
}
