//go:build unix

package pretrain

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/dino-go/dino/internal/run/trainer"
	"github.com/dino-go/dino/internal/testkit/pythontest"
)

// mlflowServer starts MLflow's own server, and returns its address.
func mlflowServer(t *testing.T) string {
	t.Helper()
	if os.Getenv("DINO_LONG") != "1" {
		t.Skip("MLflow's server takes some ten seconds to start: set DINO_LONG=1")
	}
	python := pythontest.Find(t, "mlflow")
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().(*net.TCPAddr)
	free.Close()
	dir := t.TempDir()
	server := exec.CommandContext(t.Context(), python, "-m", "mlflow", "server", "--host", "127.0.0.1", "--workers",
		"1",
		"--port", fmt.Sprint(address.Port), "--backend-store-uri", "sqlite:///"+filepath.Join(dir, "db"),
		"--artifacts-destination", filepath.Join(dir, "artifacts"))
	server.Dir = dir
	server.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // it has children
	server.Cancel = func() error { return syscall.Kill(-server.Process.Pid, syscall.SIGKILL) }
	var said bytes.Buffer
	server.Stdout, server.Stderr, server.WaitDelay = &said, &said, 10*time.Second
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		server.Cancel()
		server.Wait()
	})
	for range 240 {
		if r, err := http.Get("http://" + address.String() + "/health"); err == nil {
			r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return "http://" + address.String()
			}
		}
		time.Sleep(time.Second / 4)
	}
	server.Cancel()
	server.Wait()
	t.Fatalf("MLflow's server does not start:\n%s", said.String())
	return ""
}

// ask decodes what MLflow answers.
func ask(t *testing.T, method, address, body string, answer any) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, bytes.NewReader([]byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil || got.StatusCode != http.StatusOK || json.Unmarshal(text, answer) != nil {
		t.Fatalf("%s: status %d, %v: %s", address, got.StatusCode, err, text)
	}
}

// MLflow's own server has the parameters of a run that was interrupted and went on, its end, and
// every number of metrics.jsonl.
func TestMLflow(t *testing.T) {
	address := mlflowServer(t)
	t.Setenv("MLFLOW_TRACKING_URI", address)
	t.Setenv("MLFLOW_EXPERIMENT_NAME", "a b/ü")
	o, printed := trained(t)
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	o.JSON = true
	o.stdout = &interceptor{printed, func(text []byte) {
		if bytes.Contains(text, []byte(`"event":"step"`)) {
			interrupt()
		}
	}}
	if err := run(ctx, o); !errors.Is(err, trainer.ErrInterrupted) {
		t.Fatalf("the run is not interrupted: %v", err)
	}
	if err := run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(printed.Bytes(), []byte("MLflow at ")) {
		t.Errorf("there are warnings: %s", printed)
	}
	api := address + "/api/2.0/mlflow/"
	var experiment struct {
		Experiment struct {
			ID string `json:"experiment_id"`
		}
	}
	ask(t, http.MethodGet, api+"experiments/get-by-name?experiment_name="+url.QueryEscape("a b/ü"), "", &experiment)
	var found struct {
		Runs []struct {
			Info struct {
				ID     string `json:"run_id"`
				Name   string `json:"run_name"`
				Status string
				End    int64 `json:"end_time"`
			}
			Data struct{ Params []struct{ Key, Value string } }
		}
	}
	ask(t, http.MethodPost, api+"runs/search", `{"experiment_ids":["`+experiment.Experiment.ID+`"]}`, &found)
	if len(found.Runs) != 1 {
		t.Fatalf("%d runs, %s", len(found.Runs), printed)
	}
	r := found.Runs[0]
	if r.Info.Name != "run" || r.Info.Status != "FINISHED" || r.Info.End == 0 {
		t.Errorf("%+v", r.Info)
	}
	params := map[string]string{}
	for _, p := range r.Data.Params {
		params[p.Key] = p.Value
	}
	if len(params) < 60 || params["train.epochs"] != "1" || params["data.dir"] != o.Data {
		t.Errorf("parameters %v", params)
	}
	lines, compared := read(t, o.Out, "metrics.jsonl"), 0
	for line := range bytes.Lines(lines) {
		var want map[string]float64
		if err := json.Unmarshal(line, &want); err != nil {
			t.Fatal(err)
		}
		for name, x := range want {
			if name == "step" {
				continue
			}
			var history struct {
				Metrics []struct {
					Value float64
					Step  float64
				}
			}
			ask(t, http.MethodGet, api+"metrics/get-history?run_id="+r.Info.ID+"&metric_key="+name, "", &history)
			for _, m := range history.Metrics {
				if m.Step == want["step"] {
					compared++
					if m.Value != x {
						t.Errorf("%s of step %v is %v, and %v in metrics.jsonl", name, m.Step, m.Value, x)
					}
				}
			}
			if len(history.Metrics) == 0 {
				t.Errorf("there is no %s", name)
			}
		}
	}
	if compared < 40 {
		t.Errorf("%d numbers were compared", compared)
	}
}
