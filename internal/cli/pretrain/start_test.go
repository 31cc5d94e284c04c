package pretrain

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dino-go/dino/internal/data/synth"
	"github.com/dino-go/dino/internal/run/config"
	"github.com/dino-go/dino/internal/run/trainer"
	"github.com/dino-go/dino/internal/usage"

	"github.com/dino-go/dino/internal/testkit"
)

// tinyRun is a configuration of which a step takes some milliseconds.
const tinyRun = "../testdata/tiny.yaml"

// few are the values that are drawn for the numbers of an option, where those of every option would
// make it slow.
var few = map[string][]string{
	"model.vit.image_size":                    {"[16, 16]", "[8, 24]", "[17, 16]", "[32, 32]", "[4, 4]"},
	"model.vit.patch_size":                    {"4", "8", "16", "3", "1"},
	"model.vit.embed_dim":                     {"1", "4", "12", "16"},
	"model.vit.depth":                         {"1", "2", "3", "0"},
	"model.vit.mlp_ratio":                     {"0.1", "1", "2.5", "4"},
	"model.vit.reg_tokens":                    {"0", "1", "4"},
	"model.vit.in_channels":                   {"1", "3"},
	"augment.global_crops.size":               {"4", "8", "16", "24", "17"},
	"augment.local_crops.size":                {"4", "8", "16", "12"},
	"augment.global_crops.number":             {"0", "1", "2", "3"},
	"augment.local_crops.number":              {"0", "1", "3"},
	"train.epochs":                            {"0", "1", "2", "5"},
	"train.batch_size":                        {"1", "2", "3", "8", "18", "40"},
	"train.accumulate":                        {"1", "2", "4", "8"},
	"data.max_pixels":                         {"1", "399", "400", "1000000"},
	"data.workers":                            {"0", "1", "7", "2000000000"},
	"data.prefetch":                           {"0", "1", "9"},
	"data.cache_mb":                           {"0", "1", "2000000000"},
	"model.warmup_epochs_temperature_teacher": {"0", "1", "3", "9"},
	"model.encoder":                           {"custom"},
	"backend":                                 {"auto", "cpu", "go", "xla"},
}

// fractions are numbers within and beyond the ranges of options.
var fractions = []string{
	"0", "1e-30", "1e-6", "0.01", "0.05", "0.1", "0.5", "0.9", "0.999", "1", "1.5", "10", "1e6",
	"1e30", "-1",
}

// candidates are values of an option, most of which it can have, some at the edge of that.
func candidates(path string, words map[string][]string) []string {
	if of := few[path]; of != nil {
		return of
	}
	if of := words[path]; of != nil {
		return of
	}
	in := func(leaf string, names string) bool { return slices.Contains(strings.Fields(names), leaf) }
	switch leaf := path[strings.LastIndex(path, ".")+1:]; {
	case in(leaf, "warmup freeze_last_layer"):
		return []string{"0", "1 epoch", "2 epochs", "0.5 epochs", "50%", "100%", "3 steps", "1 step"}
	case in(leaf, "swiglu qkv_bias class_token no_embed_class recompute head_batch_norm norm_last_layer ema_buffers "+
		"scale_by_batch allow_constant_teacher"):
		return []string{"true", "false"}
	case in(leaf, "mean std"):
		return lists(3)
	case in(leaf, "scale ratio sigma"):
		return lists(2)
	case leaf == "probability" && !strings.Contains(path, "jitter"):
		return []string{"[0]", "[0.5]", "[1]", "[1, 0]", "[1, 0, 1, 0, 1]"}
	case in(leaf, "seed projector_hidden_dim projector_bottleneck_dim n_prototypes num_heads head_layers "+
		"sinkhorn_iterations threshold kernel_size every_steps keep every_epochs k max_queries max_bank"):
		return []string{"0", "1", "2", "3", "5", "16", "200"}
	}
	return fractions
}

// lists are lists of equal fractions, and wide ranges.
func lists(n int) (all []string) {
	for _, x := range fractions {
		all = append(all, "["+x+strings.Repeat(", "+x, n-1)+"]")
	}
	return append(all, "[1e-30"+strings.Repeat(", 1", n-1)+"]", "[0.5"+strings.Repeat(", 1e30", n-1)+"]")
}

// Whatever a dry run accepts gets through the first step, whichever options are combined: some at
// random and, where there is time, each value of each option alone. What a dry run refuses is not
// looked at here.
func TestWhatADryRunAcceptsStarts(t *testing.T) {
	photos := filepath.Join(t.TempDir(), "photos")
	if err := synth.Generate(context.Background(), photos, synth.Options{Images: 24, Classes: 3, Size: 20, Seed: 1},
		nil); err != nil {
		t.Fatal(err)
	}
	words := map[string][]string{}
	for _, w := range config.Enumerations() {
		words[w.Option] = w.Allowed
	}
	options := slices.DeleteFunc(config.Options(),
		func(path string) bool { return path == "data.dir" || path == "init" })
	accepted, refused := 0, 0
	try := func(set ...string) {
		if acceptedStarts(t, photos, append([]string{"train.epochs=1"}, set...)) {
			accepted++
		} else {
			refused++
		}
	}
	wanted := 12
	if os.Getenv("DINO_LONG") == "1" {
		for _, path := range options {
			for _, value := range candidates(path, words) {
				try(path + "=" + value)
			}
			t.Logf("%s: so far %d values accepted, %d refused", path, accepted, refused)
		}
		t.Logf("%d values alone accepted, %d refused", accepted, refused)
		wanted = accepted + 300
	}
	rng := rand.New(rand.NewPCG(testkit.Seed(t), 0))
	for accepted < wanted {
		var set []string
		for range 1 + rng.IntN(6) {
			path := options[rng.IntN(len(options))]
			of := candidates(path, words)
			set = append(set, path+"="+of[rng.IntN(len(of))])
		}
		try(set...)
	}
	t.Logf("%d combinations accepted, %d refused", accepted, refused)
}

// acceptedStarts tells whether a dry run accepts settings, and requires that the run then starts.
func acceptedStarts(t *testing.T, photos string, set []string) bool {
	t.Helper()
	out := filepath.Join(t.TempDir(), "run")
	o := Options{
		Data: photos, Out: out, File: tinyRun, Set: set, JSON: true, DryRun: true,
		changed: func(flag string) bool { return flag == "data" }, stdout: io.Discard, stderr: io.Discard,
	}
	err := run(context.Background(), o)
	if _, statErr := os.Stat(out); !errors.Is(statErr, fs.ErrNotExist) {
		t.Fatalf("the dry run of %q left %s", set, out)
	}
	if err != nil {
		var wrong *usage.Error
		if !errors.As(err, &wrong) {
			t.Errorf("%q is refused by no error of use: %v", set, err)
		}
		return false
	}
	if err := firstStep(o); err != nil {
		t.Errorf("a dry run accepts %q, and the run ends with: %v", set, err)
	}
	return true
}

// firstStep runs up to the end of the first step. A step whose loss is infinite, which wild numbers
// make, was computed.
func firstStep(o Options) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	stepped := &untilStep{then: cancel}
	o.DryRun, o.stdout = false, stepped
	err := run(ctx, o)
	var infinite *trainer.NonFiniteError
	switch {
	case errors.As(err, &infinite), stepped.seen && errors.Is(err, trainer.ErrInterrupted):
		return nil
	case err == nil && !stepped.seen:
		return errors.New("no step was reported")
	}
	return err
}

// untilStep calls then when a step is reported.
type untilStep struct {
	then func()
	seen bool
}

func (w *untilStep) Write(text []byte) (int, error) {
	if bytes.Contains(text, []byte(`"event":"step"`)) {
		w.seen = true
		w.then()
	}
	return len(text), nil
}
