//go:build unix

package cli

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dino-go/dino/internal/run/runlog"
	"github.com/dino-go/dino/internal/run/trainer"
)

// killed is the experiment of the tests below: a run of one command, killed at random moments and
// given the same command again until it is complete, beside the same run left alone.
type killed struct {
	binary, data string
	settings     []string
	random       *rand.Rand
}

// newKilled builds the program and draws the images: 48 in four classes, so that there are scores,
// and one that cannot be decoded.
func newKilled(t *testing.T) *killed {
	t.Helper()
	dir := t.TempDir()
	k := &killed{binary: filepath.Join(dir, "dino"), data: filepath.Join(dir, "photos")}
	if output, err := exec.Command("go", "build", "-o", k.binary, "../../cmd/dino").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, output)
	}
	photos(t, k.data, 4, 12)
	mustWrite(t, filepath.Join(k.data, "disc-rows", "torn.png"), "this is no image")
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("DINO_KILL_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("to repeat the moments as far as the machine allows: DINO_KILL_SEED=%d", seed)
	k.random = rand.New(rand.NewPCG(seed, 0))
	return k
}

// attempt runs the command for at most a time and tells whether it came to its end. The number of
// workers is another each time, and so is that of the engine's threads: they must not matter.
func (k *killed) attempt(t *testing.T, run string, workers int, limit time.Duration) (complete bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit) // kills with SIGKILL
	defer cancel()
	args := []string{
		"pretrain", "--quiet", "--data", k.data, "--out", run, "--config", tiny, "--set",
		fmt.Sprintf("data.workers=%d", workers),
	}
	for _, s := range k.settings {
		args = append(args, "--set", s)
	}
	cmd := exec.CommandContext(ctx, k.binary, args...)
	if !slices.Contains(k.settings, "backend=go") { // which makes no such promise
		cmd.Env = append(os.Environ(), fmt.Sprintf("GOMAXPROCS=%d", []int{1, 2, 7}[workers%3]))
	}
	output, err := cmd.CombinedOutput()
	if err == nil {
		return true
	}
	if ctx.Err() == nil {
		t.Fatalf("%v\n%s", err, output)
	}
	return false
}

// forever is longer than any run here takes.
const forever = 5 * time.Minute

// left is what a run left behind, without what depends on the clock.
type left struct {
	Metrics []runlog.Record
	Bad     string // the list of images that cannot be decoded
	Teacher []byte // the trained backbone
	State   []byte // the tensors of the last checkpoint: weights, moments, center
}

func leftBy(t *testing.T, run string) left {
	t.Helper()
	var l left
	read := func(path string) []byte {
		text, err := os.ReadFile(filepath.Join(run, path))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	var err error
	if l.Metrics, err = runlog.ReadMetrics(filepath.Join(run, "metrics.jsonl"), measurements); err != nil {
		t.Fatal(err)
	}
	for _, r := range l.Metrics {
		delete(r.Values, trainer.ImagesPerSecond.Name)
		delete(r.Values, trainer.DataWait.Name)
	}
	l.Bad, l.Teacher = string(read("bad_images.jsonl")), read("teacher.safetensors")
	last, err := filepath.Glob(filepath.Join(run, "checkpoints", fmt.Sprintf("step-%08d*.safetensors", len(l.Metrics))))
	if err != nil || len(last) != 1 {
		t.Fatalf("the last checkpoint is %v, %v, want one", last, err)
	}
	l.State, err = os.ReadFile(last[0])
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func requireSame(t *testing.T, want, got left) {
	t.Helper()
	if diff := cmp.Diff(want.Metrics, got.Metrics); diff != "" {
		t.Errorf("metrics.jsonl: -uninterrupted +killed:\n%s", diff)
	}
	if want.Bad != got.Bad {
		t.Errorf("bad images:\n%s\nwant\n%s", got.Bad, want.Bad)
	}
	if !bytes.Equal(want.Teacher, got.Teacher) {
		t.Error("teacher.safetensors is another")
	}
	if !bytes.Equal(want.State, got.State) {
		t.Error("the last checkpoint is another")
	}
}

// check compares so many kills with the run left alone.
func (k *killed) check(t *testing.T, kills int) {
	t.Helper()
	dir := t.TempDir()
	undisturbed := filepath.Join(dir, "undisturbed")
	began := time.Now()
	k.attempt(t, undisturbed, 1, forever)
	took := time.Since(began)
	want := leftBy(t, undisturbed)
	if len(want.Metrics) != 60 || want.Bad == "" {
		t.Fatalf("%d steps, bad images %q, want 60 steps and one image", len(want.Metrics), want.Bad)
	}

	eight := filepath.Join(dir, "eight")
	k.attempt(t, eight, 8, forever)
	requireSame(t, want, leftBy(t, eight))

	for folder := 0; kills > 0 && folder < maxFolders; folder++ {
		run := filepath.Join(dir, fmt.Sprint("killed-", folder))
		here := 0
		for kills > 0 && !k.attempt(t, run, 1+k.random.IntN(8), time.Duration(k.random.Int64N(int64(took)/2))) {
			here++
			kills--
		}
		k.attempt(t, run, 1+k.random.IntN(8), forever)
		t.Logf("folder %d: killed %d times", folder, here)
		requireSame(t, want, leftBy(t, run))
	}
	if kills > 0 {
		t.Logf("the machine became faster: %d kills are missing", kills)
	}
}

// maxFolders bounds how often a run is begun anew because it came to its end too soon to be killed
// as often as wanted.
const maxFolders = 20

// sixtySteps are what every run here has: enough checkpoints and scores to be killed between them.
var sixtySteps = []string{"train.epochs=12", "checkpoint.every_steps=3", "knn.every_epochs=3"}

// TestKill9ResumesBitForBit kills the real program with SIGKILL at random moments, over and over,
// and gives the same command again: every number of every step, the network and the last checkpoint
// are those of the run that was left alone, to the bit, with any number of workers.
func TestKill9ResumesBitForBit(t *testing.T) {
	k := newKilled(t)
	k.settings = sixtySteps
	k.check(t, 12)
}

// TestKill9OfEveryRecipe is the long form: hundreds of kills, of runs that hold other state.
func TestKill9OfEveryRecipe(t *testing.T) {
	if os.Getenv("DINO_LONG") != "1" {
		t.Skip("takes minutes; DINO_LONG=1 runs it")
	}
	k := newKilled(t)
	for name, settings := range map[string][]string{
		"auto": nil,
		"seed": {
			"model.head=seed", "model.center_rule=seed", "train.optimizer.decay=all",
			"train.schedule.momentum_per=epoch",
		},
		"batch norm":    {"model.head_batch_norm=true", "model.ema_buffers=true"},
		"micro-batches": {"train.accumulate=4"},
		"sinkhorn":      {"model.targets=sinkhorn", "model.norm_last_layer=false"},
		"bfloat16":      {"model.precision=bfloat16", "model.vit.recompute=true"},
		"stock engine":  {"backend=go"},
	} {
		t.Run(name, func(t *testing.T) {
			k.settings = append(settings, sixtySteps...)
			k.check(t, 40)
		})
	}
}
