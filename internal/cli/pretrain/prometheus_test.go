package pretrain

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/usage"
)

var (
	whereToAsk = regexp.MustCompile(`http://127\.0\.0\.1:\d+/metrics`)
	sample     = regexp.MustCompile(`(?m)^dino_([a-z0-9_]+)\{run="run"\} (\S+)$`)
)

// At the end of a run Prometheus is told what the last line of metrics.jsonl says, and behind it
// nobody answers.
func TestPrometheus(t *testing.T) {
	o, printed := trained(t)
	o.JSON, o.MetricsAddr = true, "0"
	o.changed = func(flag string) bool { return slices.Contains([]string{"data", "epochs", "metrics-addr"}, flag) }
	shown, url := map[string]float64{}, ""
	o.stdout = &interceptor{printed, func(text []byte) {
		if !bytes.Contains(text, []byte(`"event":"done"`)) {
			return
		}
		url = whereToAsk.FindString(printed.String())
		r, err := http.Get(url)
		if err != nil {
			t.Errorf("%s: %v", printed, err)
			return
		}
		defer r.Body.Close()
		all, _ := io.ReadAll(r.Body)
		for _, m := range sample.FindAllSubmatch(all, -1) {
			shown[string(m[1])], _ = strconv.ParseFloat(string(m[2]), 64)
		}
	}}
	if err := run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	var last map[string]any
	for _, line := range withoutSpeed(t, read(t, o.Out, "metrics.jsonl")) {
		last = line
	}
	if shown["step"] != last["step"].(float64)+1 || shown["steps"] != 2 || shown["epoch"] != 1 || shown["epochs"] != 1 {
		t.Errorf("shown are %v", shown)
	}
	delete(last, "step")
	delete(last, "epoch")
	for name, value := range last {
		if x, there := shown[name]; !there || x != value {
			t.Errorf("%s is %v (there: %v), and %v in metrics.jsonl", name, x, there, value)
		}
	}
	if _, err := http.Get(url); err == nil {
		t.Error("somebody answers behind the run")
	}
}

// An address that cannot be is refused before any work, by a dry run too; so is one that is taken.
func TestPrometheusErrors(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for address, want := range map[string]string{
		"": "must be a port", "x": "must be a port", taken.Addr().String(): "choose another port",
	} {
		o := Options{Data: "nowhere", Out: t.TempDir(), MetricsAddr: address, stdout: io.Discard, stderr: io.Discard}
		o.changed = func(flag string) bool { return strings.Contains("data metrics-addr", flag) }
		o.DryRun = want == "must be a port"
		err := run(t.Context(), o)
		if testkit.RequireError(t, err, "--metrics-addr", want); !errors.Is(err, usage.ErrUse) {
			t.Errorf("%q: %v is no wrong use", address, err)
		}
	}
}
