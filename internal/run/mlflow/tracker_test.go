package mlflow

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dino-go/dino/measure"
	"github.com/dino-go/dino/observe"
)

// heard is what a server was told.
type heard struct {
	mu       sync.Mutex
	calls    []string // the paths, in order
	auth     []string
	params   map[string]string
	metrics  map[string]map[int]float64 // by name and step
	largest  int                        // most metrics in a request
	statuses []string
	runs     []object // that were made
	answer   func(call int, path string) (code int, text string)
}

func (h *heard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	path := strings.TrimPrefix(r.URL.Path, "/base/api/2.0/mlflow/")
	h.calls, h.auth = append(h.calls, path), append(h.auth, r.Header.Get("Authorization"))
	if h.answer != nil {
		if code, text := h.answer(len(h.calls)-1, path); code != 0 {
			w.WriteHeader(code)
			w.Write([]byte(text))
			return
		}
	}
	var ask struct {
		Params  []tag    `json:"params"`
		Metrics []number `json:"metrics"`
		Status  string   `json:"status"`
	}
	var whole object
	text := json.NewDecoder(r.Body)
	if err := text.Decode(&whole); err != nil {
		panic(err)
	}
	again, _ := json.Marshal(whole)
	json.Unmarshal(again, &ask)
	h.note(path, whole, ask.Params, ask.Metrics, ask.Status)
	switch path {
	case "runs/create":
		w.Write([]byte(`{"run":{"info":{"run_id":"r1"}}}`))
	case "runs/search":
		w.Write([]byte(`{"runs":[{"info":{"run_id":"r0"}}]}`))
	default:
		w.Write([]byte("{}"))
	}
}

func (h *heard) note(path string, whole object, params []tag, metrics []number, status string) {
	switch {
	case path == "runs/create":
		h.runs = append(h.runs, whole)
	case status != "":
		h.statuses = append(h.statuses, fmt.Sprint(whole["run_id"], " ", status))
	}
	for _, p := range params {
		h.params[p.Key] = p.Value
	}
	for _, m := range metrics {
		if h.metrics[m.Key] == nil {
			h.metrics[m.Key] = map[int]float64{}
		}
		h.metrics[m.Key][m.Step] = m.Value
	}
	h.largest = max(h.largest, len(metrics))
}

// warnings is an observer that keeps them.
type warnings struct {
	observe.Nothing
	all []string
}

func (w *warnings) Warning(n observe.Warning) error {
	w.all = append(w.all, n.String())
	return nil
}

// tracker returns one for a server of ours, that asks often.
func tracker(t *testing.T, h *heard) (*Tracker, *warnings) {
	t.Helper()
	h.params, h.metrics = map[string]string{}, map[string]map[int]float64{}
	at := httptest.NewServer(h)
	t.Cleanup(at.Close)
	return trackerAt(t, strings.Replace(at.URL, "http://", "http://user:secret@", 1)+"/base/")
}

// trackerAt returns a tracker for an address.
func trackerAt(t *testing.T, address string) (*Tracker, *warnings) {
	t.Helper()
	s, err := FromEnvironment(func(name string) string {
		return map[string]string{"MLFLOW_TRACKING_URI": address}[name]
	})
	if err != nil {
		t.Fatal(err)
	}
	told := &warnings{}
	tr := New(s, told)
	tr.every = 5 * time.Millisecond
	tr.patience = 5 * time.Second
	return tr, told
}

// follow tells a tracker of a run of so many steps, from one on, and of its end.
func follow(t *testing.T, tr *Tracker, from, steps int) time.Duration {
	t.Helper()
	began := time.Now()
	config := "seed: 3\ntrain:\n  epochs: 2\n  lr: {base: 0.5, warmup: 1 epoch}\nlist: [1, 2]\n"
	if err := tr.Started(observe.Start{Folder: "runs/one", Config: config, From: from}); err != nil {
		t.Fatal(err)
	}
	for n := from; n < steps; n++ {
		values := measure.Values{"loss": 1 / float64(n+1), "grad_norm": math.NaN()}
		if err := tr.Step(observe.Step{Number: n, Epoch: n / 10, Values: values}); err != nil {
			t.Fatal(err)
		}
	}
	if err := tr.Close(Finished); err != nil {
		t.Fatal(err)
	}
	return time.Since(began)
}

// check checks that all of a run arrived.
func (h *heard) check(t *testing.T, steps int) {
	t.Helper()
	want := map[string]string{
		"seed": "3", "train.epochs": "2", "train.lr.base": "0.5", "train.lr.warmup": "1 epoch", "list": "[1 2]",
	}
	if diff := cmp.Diff(want, h.params); diff != "" {
		t.Errorf("parameters: -want +got:\n%s", diff)
	}
	if len(h.metrics["loss"]) != steps || len(h.metrics["epoch"]) != steps || len(h.metrics) != 2 || h.largest > batch {
		t.Errorf("%d losses, %d epochs, %d metrics, at most %d in a request", len(h.metrics["loss"]),
			len(h.metrics["epoch"]), len(h.metrics), h.largest)
	}
	for n, x := range h.metrics["loss"] {
		if x != 1/float64(n+1) {
			t.Errorf("the loss of step %d is %v", n, x)
		}
	}
}

func TestRun(t *testing.T) {
	h := &heard{}
	tr, told := tracker(t, h)
	follow(t, tr, 0, 1700)
	h.check(t, 1700)
	if h.runs[0]["run_name"] != "one" || h.runs[0]["experiment_id"] != "0" || len(h.runs) != 1 ||
		!slices.Equal(h.statuses, []string{"r1 FINISHED"}) || len(told.all) > 0 {
		t.Errorf("runs %v, statuses %v, warnings %q", h.runs, h.statuses, told.all)
	}
	if h.auth[0] != "Basic dXNlcjpzZWNyZXQ=" {
		t.Errorf("the request has the credentials %q", h.auth[0])
	}
}

// A run that goes on is that of before on the server, too, which has its parameters.
func TestRunThatGoesOn(t *testing.T) {
	h := &heard{}
	tr, _ := tracker(t, h)
	follow(t, tr, 5, 9)
	if len(h.runs) > 0 || len(h.params) > 0 || len(h.metrics["loss"]) != 4 ||
		!slices.Equal(h.statuses, []string{"r0 RUNNING", "r0 FINISHED"}) {
		t.Errorf("runs %v, parameters %v, statuses %v", h.runs, h.params, h.statuses)
	}
}

// What a server that fails for a while misses is sent later, and the run is warned once.
func TestServerThatFailsForAWhile(t *testing.T) {
	h := &heard{answer: func(call int, _ string) (int, string) {
		if call < 3 || call == 5 {
			return 503, "<html>busy"
		}
		return 0, ""
	}}
	tr, told := tracker(t, h)
	if err := tr.Started(observe.Start{Folder: "runs/one", Config: "a: 1"}); err != nil {
		t.Fatal(err)
	}
	for n := range 300 {
		time.Sleep(time.Millisecond / 2)
		if err := tr.Step(observe.Step{Number: n, Values: measure.Values{"loss": 1}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := tr.Close(Failed); err != nil {
		t.Fatal(err)
	}
	if len(h.metrics["loss"]) != 300 || len(h.runs) != 1 || !slices.Equal(h.statuses, []string{"r1 FAILED"}) {
		t.Errorf("%d losses, %d runs, %v", len(h.metrics["loss"]), len(h.runs), h.statuses)
	}
	if len(told.all) != 1 || !strings.Contains(told.all[0],
		"cannot be told: status 503 (Service Unavailable); what it misses") {
		t.Errorf("warnings %q", told.all)
	}
}

// A server that refuses the run is left alone; one that refuses a batch hears of the others.
func TestServerThatRefuses(t *testing.T) {
	h := &heard{answer: func(int, string) (int, string) { return 403, `{"error_code":"DENIED","message":"not you"}` }}
	tr, told := tracker(t, h)
	follow(t, tr, 0, 50)
	if len(h.calls) != 1 || len(told.all) != 1 ||
		!strings.Contains(told.all[0], "status 403 (Forbidden): DENIED: not you") {
		t.Errorf("calls %v, warnings %q", h.calls, told.all)
	}
	h = &heard{answer: func(call int, path string) (int, string) {
		if call == 1 { // of parameters
			return 400, "{}"
		}
		return 0, ""
	}}
	tr, told = tracker(t, h)
	follow(t, tr, 0, 50)
	if len(h.metrics["loss"]) != 50 || len(h.params) > 0 || len(told.all) != 1 {
		t.Errorf("calls %v, warnings %q", h.calls, told.all)
	}
}

// A server that is not there, or never answers, costs a run a warning, and at its end at most
// what it waits; no secret is in the warning.
func TestServerThatIsDead(t *testing.T) {
	gone := httptest.NewServer(nil)
	gone.Close()
	release := make(chan struct{})
	silent := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer silent.Close()
	defer close(release)
	for _, address := range []string{gone.URL, silent.URL} {
		tr, told := trackerAt(t, strings.Replace(address, "http://", "http://user:secret@", 1))
		tr.patience = time.Second
		if took := follow(t, tr, 0, 2000); took > 4*time.Second {
			t.Errorf("the run took %v", took)
		}
		if len(told.all) != 2 || !strings.Contains(told.all[0], "cannot be told") ||
			!strings.Contains(told.all[1], "it lacks the numbers of 0 steps and 4000 more numbers") {
			t.Errorf("warnings %q", told.all)
		}
		if text := strings.Join(told.all, " "); strings.Contains(text, "secret") || strings.Contains(text, "user") {
			t.Errorf("a warning has the credentials: %s", text)
		}
	}
}

// What waits is bounded.
func TestQueueIsBounded(t *testing.T) {
	gone := httptest.NewServer(nil)
	gone.Close()
	tr, told := trackerAt(t, gone.URL)
	tr.queue.most = 100
	follow(t, tr, 0, 80)
	if last := told.all[len(told.all)-1]; !strings.Contains(last, "the numbers of 31 steps and 98 more") {
		t.Errorf("warnings %q", told.all)
	}
}
