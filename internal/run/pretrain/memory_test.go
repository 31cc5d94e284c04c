package pretrain

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dino-go/dino/internal/memory"
	"github.com/dino-go/dino/internal/run/config"
	"github.com/dino-go/dino/internal/run/rundir"
)

func TestVerdict(t *testing.T) {
	needs := []memory.Need{{Bytes: 3, For: "this"}, {Bytes: 2, For: "that"}}
	for available, want := range map[int64]string{4: "too much still", 5: "which fits"} {
		if got := fits(needs, available); got != want {
			t.Errorf("5 bytes of %d: %s, want %s", available, got, want)
		}
	}
}

// What is advised together is a configuration that the reader accepts and that computes the same:
// each option once, the stronger of two values.
func TestHarmlessTogether(t *testing.T) {
	o, _ := tinyOf(t, 24)
	c, err := config.Load(o.Config, config.Facts{Images: 24})
	if err != nil {
		t.Fatal(err)
	}
	in := &inputs{config: c}
	together, settings := in.harmless(1 << 40)
	o.Config.Set = settings
	loaded, err := config.Load(o.Config, config.Facts{Images: 24})
	if diff := cmp.Diff(together, loaded); err != nil || diff != "" {
		t.Errorf("%v: %v is not what is advised: %s", err, settings, diff)
	}
	if want := "train.accumulate=8"; !slices.Contains(settings, want) ||
		slices.Contains(settings, "train.accumulate=4") {
		t.Errorf("got %v, want %s alone of its option", settings, want)
	}
}

// Looking for remedies of a deep network ends, and names them still.
func TestRemediesAreBounded(t *testing.T) {
	o, _ := tinyOf(t, 24, "model.vit.depth=40")
	in, from, err := prepare(t.Context(), o, &rundir.Dir{})
	defer in.close()
	defer from.close()
	if err != nil {
		t.Fatal(err)
	}
	before := remedyTime
	defer func() { remedyTime = before }()
	remedyTime = 0
	text := in.remedies(1<<40, 1)
	if len(in.graphs) > 0 || !strings.Contains(text, "\n--set model.vit.recompute=true may need less") ||
		!strings.HasPrefix(text, "--set train.accumulate=8 --set ") {
		t.Errorf("compiled %d graphs for\n%s", len(in.graphs), text)
	}
}
