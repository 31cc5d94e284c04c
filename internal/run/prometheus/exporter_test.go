package prometheus

import (
	"io"
	"math"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/internal/run/trainer"
	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/testkit/pythontest"
	"github.com/dino-go/dino/measure"
	"github.com/dino-go/dino/observe"
)

var table = measure.Table{
	{Name: "loss", Group: "train", Unit: "nats", Doc: "what is\nminimised, as `a\\b`"},
	{Name: "grad_norm", Group: "train", Doc: "a norm"},
	{Name: "knn", Group: "eval", Unit: "%", Doc: "a score", Sometimes: true},
	{Name: "knn_pixels", Group: "eval", Unit: "%", Doc: "another", Sometimes: true},
}

// hostile is the name of a run folder that would break out of a label.
const hostile = "r\"un\\1\n# TYPE dino_x gauge\xff"

// followed is an exporter that heard of two steps, the first of which had a score.
func followed(t *testing.T) *Exporter {
	t.Helper()
	e := &Exporter{}
	if text := e.Text(); text != "" {
		t.Errorf("before the start there is %q", text)
	}
	for _, err := range []error{
		e.Started(observe.Start{
			Folder: filepath.Join("runs", hostile), From: 3, Steps: 10, Epochs: 2,
			Measurements: table,
		}),
		e.Step(observe.Step{
			Number: 3, Steps: 10, Epochs: 2,
			Values: measure.Values{"loss": 2.5, "grad_norm": 1, "knn": 51.25},
		}),
		e.Step(observe.Step{
			Number: 4, Epoch: 1, Steps: 10, Epochs: 2,
			Values: measure.Values{"loss": 1e-9, "grad_norm": math.Inf(1)},
		}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return e
}

func TestText(t *testing.T) {
	label := `{run="r\"un\\1\n# TYPE dino_x gauge` + "\uFFFD" + `"} `
	var want strings.Builder
	for _, m := range [][3]string{
		{"step", "optimizer steps that are done", "5"},
		{"steps", "optimizer steps of the whole run", "10"},
		{"epoch", "epoch of the last step, from 1; 0 before the first step", "2"},
		{"epochs", "epochs of the whole run", "2"},
		{"loss", "what is\\nminimised, as `a\\\\b` [nats]", "1e-09"},
		{"grad_norm", "a norm", "+Inf"},
		{"knn", "a score [%]", "51.25"},
	} {
		want.WriteString("# HELP dino_" + m[0] + " " + m[1] + "\n# TYPE dino_" + m[0] + " gauge\n" +
			"dino_" + m[0] + label + m[2] + "\n")
	}
	if diff := cmp.Diff(want.String(), followed(t).Text()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// The parser of Prometheus' own client for Python reads what is meant.
func TestAnotherParser(t *testing.T) {
	python := pythontest.Find(t, "prometheus_client")
	const program = `
import json, sys
from prometheus_client.parser import text_string_to_metric_families as parse
print(json.dumps({f.name: [f.documentation, f.type] + [[s.name, s.labels, repr(float(s.value))] for s in f.samples]
    for f in parse(sys.argv[1])}))`
	var got map[string][]any
	pythontest.Run(t, python, program, &got, followed(t).Text())
	label := map[string]any{"run": strings.ReplaceAll(hostile, "\xff", "\uFFFD")}
	want := map[string][]any{}
	add := func(name, help, value string) {
		want[name] = []any{help, "gauge", []any{name, label, value}}
	}
	add("dino_step", counted[0].Doc, "5.0")
	add("dino_steps", counted[1].Doc, "10.0")
	add("dino_epoch", counted[2].Doc, "2.0")
	add("dino_epochs", counted[3].Doc, "2.0")
	add("dino_loss", table[0].Doc+" [nats]", "1e-09")
	add("dino_grad_norm", "a norm", "inf")
	add("dino_knn", "a score [%]", "51.25")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// Nothing that a run measures has a name of ours.
func TestNamesAreApart(t *testing.T) {
	all := append(trainer.Measurements(distill.MeasurementsOf(distill.DefaultConfig())), counted...)
	names := map[string]bool{}
	for _, m := range all {
		if names[m.Name] {
			t.Errorf("two are called %s", m.Name)
		}
		names[m.Name] = true
	}
}

func TestServer(t *testing.T) {
	e := followed(t)
	s, err := Serve(t.Context(), "127.0.0.1:0", e)
	if err != nil {
		t.Fatal(err)
	}
	get := func(url string) (int, string, string) {
		t.Helper()
		r, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		text, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		return r.StatusCode, r.Header.Get("Content-Type"), string(text)
	}
	if code, kind, text := get(s.URL()); code != 200 || kind != ContentType || text != e.Text() {
		t.Errorf("%d, %s, %q", code, kind, text)
	}
	if code, _, _ := get(strings.TrimSuffix(s.URL(), Path)); code != 404 {
		t.Errorf("another path is answered with %d", code)
	}
	if _, err := Serve(t.Context(), strings.TrimSuffix(strings.TrimPrefix(s.URL(), "http://"), Path), e); err == nil {
		t.Error("two listen at one address")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := http.Get(s.URL()); err == nil {
		t.Error("a closed server answers")
	}
}

// A port alone is one of this machine.
func TestAddress(t *testing.T) {
	for word, want := range map[string]string{
		"9464": "127.0.0.1:9464", ":9464": "127.0.0.1:9464", "0": "127.0.0.1:0", "0.0.0.0:80": "0.0.0.0:80",
		"[::1]:9464": "[::1]:9464", "node7:9464": "node7:9464",
	} {
		if got, err := Address(word); err != nil || got != want {
			t.Errorf("%s: got %s, %v", word, got, err)
		}
	}
	for _, word := range []string{"", "localhost", "a:b", "70000", "-1", "::1", "1:2:3", "host:"} {
		_, err := Address(word)
		testkit.RequireError(t, err, "must be a port, as 9464, or an address and a port")
	}
}
