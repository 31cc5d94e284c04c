package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/dino-go/dino/internal/atomicfile"
	"github.com/dino-go/dino/internal/regularfile"
)

// row is what a run came to. Accuracies are in percent.
type row struct {
	Data, Time, Seed string
	Network          string  // in words
	Steps            int     // optimizer steps
	Images           int     // that were trained on
	Epochs           int     // passes over them
	CPU              float64 // seconds of processors that the training took
	Clock            float64 // seconds that it took

	Pixels, Untrained, KNN float64 // k-NN accuracy of the held-out images
	Queries                int     // how many these are
	Curve                  []point // k-NN accuracy over time
	Probe, ProbeUntrained  probe
}

// point is a score along the way.
type point struct {
	Epoch   int
	KNN     float64
	Seconds float64 // of the clock, since the run began
}

// probe is what compare-models says of a network, on a fifth of the images that are held out of its
// probes (but not of the training).
type probe struct {
	KNN    float64 `json:"knn"`
	LogReg float64 `json:"logreg"`
	RankMe float64 `json:"rankme"`
}

// measure trains a row, or reads what was measured before.
func (o options) measure(ctx context.Context, folder, name, within, seed string) (row, error) {
	r := row{Data: name, Time: within, Seed: seed}
	dir := filepath.Join(o.out, strings.Join([]string{name, within, seed}, "-"))
	kept := dir + ".json"
	if text, err := regularfile.ReadFile(kept); err == nil {
		return r, json.Unmarshal(text, &r)
	} else if !errors.Is(err, os.ErrNotExist) {
		return r, err
	}
	args := append([]string{"pretrain", "--data", folder, "--out", dir, "--seed", seed, "--json"}, o.recipe...)
	if within != "" {
		args = append(args, "--time", within)
	}
	if err := r.train(exec.CommandContext(ctx, o.program, args...)); err != nil {
		return r, fmt.Errorf("%s: %w", dir, err)
	}
	if err := r.compare(ctx, o.program, dir, folder); err != nil {
		return r, fmt.Errorf("%s: %w", dir, err)
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return r, err
	}
	return r, atomicfile.WriteFile(kept, text)
}

// event is what is read of a line of dino pretrain --json.
type event struct {
	Event      string
	Network    string
	Images     int
	Epochs     int
	Steps      int
	Epoch      int
	KNN        float64
	Queries    int
	Untrained  float64 `json:"knn_untrained"`
	Pixels     float64 `json:"knn_pixels"`
	RankMe     float64 // of a run without labels
	RankBefore float64 `json:"rankme_untrained"`
}

// train runs a training and reads what it says.
func (r *row) train(cmd *exec.Cmd) error {
	cmd.Stderr = os.Stderr
	output, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	begun := time.Now()
	if err := cmd.Start(); err != nil {
		return err
	}
	decoder := json.NewDecoder(output)
	for {
		var e event
		if err := decoder.Decode(&e); err != nil {
			break // the end, or of a program that failed, which Wait says
		}
		r.hear(e, time.Since(begun).Seconds())
	}
	if err := cmd.Wait(); err != nil {
		return err
	}
	r.Clock = time.Since(begun).Seconds()
	r.CPU = (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
	if len(r.Curve) == 0 && r.Queries > 0 {
		return errors.New("the run tells no score: it was complete before; remove its folder")
	}
	return nil
}

func (r *row) hear(e event, seconds float64) {
	switch e.Event {
	case "start":
		r.Network, r.Images, r.Epochs, r.Steps = e.Network, e.Images, e.Epochs, e.Steps
	case "baselines":
		r.Queries, r.Untrained, r.Pixels = e.Queries, e.Untrained, e.Pixels
	case "knn":
		r.Curve = append(r.Curve, point{e.Epoch, e.KNN, seconds})
		r.KNN = e.KNN
	case "done":
		r.Probe.RankMe, r.ProbeUntrained.RankMe = e.RankMe, e.RankBefore
	}
}

// compare scores the trained network beside an untrained one of its shape. A folder of one class
// has nothing to score.
func (r *row) compare(ctx context.Context, program, run, folder string) error {
	if r.Queries == 0 {
		return nil
	}
	output, err := exec.CommandContext(ctx, program, "compare-models", run, "--data", folder, "--json").Output()
	if err != nil {
		var failed *exec.ExitError
		if errors.As(err, &failed) {
			return fmt.Errorf("%w: %s", err, failed.Stderr)
		}
		return err
	}
	lines := bytes.Split(bytes.TrimSpace(output), []byte("\n"))
	var result struct{ Models []probe }
	if err := json.Unmarshal(lines[len(lines)-1], &result); err != nil || len(result.Models) != 2 {
		return fmt.Errorf("compare-models prints %q, want two models (%w)", output, err)
	}
	r.ProbeUntrained, r.Probe = result.Models[0], result.Models[1]
	return nil
}

const heading = `| data | time | seed | steps | epochs | processor min | raw pixels | untrained | trained | regression | RankMe | k-NN over time |
|---|---|---|---|---|---|---|---|---|---|---|---|`

// String is the row in Markdown.
func (r row) String() string {
	score := func(x float64) string {
		if r.Queries == 0 {
			return "–"
		}
		return fmt.Sprintf("%.1f", x)
	}
	return fmt.Sprintf("| %s | %s | %s | %d | %d | %.1f | %s | %s | **%s** ± %s | %s (%s) | %.1f (%.1f) | %s |", r.Data,
		r.Time,
		r.Seed, r.Steps, r.Epochs, r.CPU/60, score(r.Pixels), score(r.Untrained), score(r.KNN), score(r.noise()),
		score(r.Probe.LogReg), score(r.ProbeUntrained.LogReg), r.Probe.RankMe, r.ProbeUntrained.RankMe,
		r.curve())
}

// noise is the standard error of the accuracy, of so many images.
func (r row) noise() float64 {
	p := r.KNN / 100
	return 100 * math.Sqrt(p*(1-p)/math.Max(float64(r.Queries), 1))
}

// curve is the accuracy at eight moments at most.
func (r row) curve() string {
	const most = 8
	var parts []string
	for i := range r.Curve {
		if n := len(r.Curve); n <= most || i == n-1 || i*most/n != (i+1)*most/n {
			parts = append(parts, fmt.Sprintf("%.1f at %.0f min", r.Curve[i].KNN, r.Curve[i].Seconds/60))
		}
	}
	return strings.Join(parts, ", ")
}

// mean is a line of the means over seeds, with the standard error of what was trained.
func mean(rows []row) string {
	of := func(value func(row) float64) (mean, err float64) {
		for _, r := range rows {
			mean += value(r) / float64(len(rows))
		}
		for _, r := range rows {
			err += (value(r) - mean) * (value(r) - mean)
		}
		return mean, math.Sqrt(err / float64(len(rows)*(len(rows)-1)))
	}
	pixels, _ := of(func(r row) float64 { return r.Pixels })
	untrained, _ := of(func(r row) float64 { return r.Untrained })
	knn, noise := of(func(r row) float64 { return r.KNN })
	regression, _ := of(func(r row) float64 { return r.Probe.LogReg })
	rank, _ := of(func(r row) float64 { return r.Probe.RankMe })
	cpu, _ := of(func(r row) float64 { return r.CPU })
	return fmt.Sprintf("| %s | %s | mean of %d | | | %.1f | %.1f | %.1f | **%.1f** ± %.1f | %.1f | %.1f | |",
		rows[0].Data,
		rows[0].Time, len(rows), cpu/60, pixels, untrained, knn, noise, regression, rank)
}
