package config

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/dino-go/dino/nets/vit"
	"github.com/dino-go/dino/schedule"

	"github.com/dino-go/dino/internal/testkit"
)

// small are facts of a folder that every preset has a size for.
var small = Facts{Images: 3000, ShortSide: 64, Cores: 4}

// write puts a configuration file into a folder of its own.
func write(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "recipe.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func mustLoad(t testing.TB, s Sources) Config {
	t.Helper()
	c, err := Load(s, small)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Strength rises from the preset over the file to the settings, and among the settings from first
// to last.
func TestLayersInOrder(t *testing.T) {
	file := write(t, "train: {epochs: 41, batch_size: 16}\nseed: 5\n")
	c := mustLoad(t, Sources{Preset: Paper, File: file, Set: []string{"train.batch_size=32", "seed=6", "seed=7"}})
	if c.Train.Epochs != 41 || c.Train.BatchSize != 32 || c.Seed != 7 || c.Checkpoint != paper().Checkpoint {
		t.Errorf("epochs %d, batch %d, seed %d, checkpoint %v: want 41 of the file, 32 and 7 of the last settings, "+
			"the preset's",
			c.Train.Epochs, c.Train.BatchSize, c.Seed, c.Checkpoint)
	}
}

// An option that is not named stays as the preset has it, also beside one that is, and a list
// replaces a list.
func TestLayersOverrideSingleOptions(t *testing.T) {
	want := paper()
	want.Preset = Paper
	want.Augment.GlobalCrops.Blur.Probability = []float64{0.25}
	want.Augment.LocalCrops.Scale = [2]float64{0.1, 0.3}
	want.Train.Schedule.LearningRate.Warmup = schedule.Length{Count: 300, Unit: schedule.Steps}
	got := mustLoad(t, Sources{Preset: Paper, Set: []string{
		"augment.global_crops.blur.probability=[0.25]", "augment.local_crops.scale=[0.1, 0.3]",
		"train.schedule.lr.warmup=300 steps",
	}})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestPresetComesFromFlagFileOrSetting(t *testing.T) {
	file := write(t, "preset: seed\n")
	for _, c := range []struct {
		name string
		from Sources
		want string
	}{
		{"nothing", Sources{}, Auto},
		{"flag", Sources{Preset: Paper}, Paper},
		{"file", Sources{File: file}, Seed},
		{"setting over file", Sources{File: file, Set: []string{"preset=paper"}}, Paper},
		{"flag over all", Sources{Preset: Auto, File: file, Set: []string{"preset=paper"}}, Auto},
	} {
		got := mustLoad(t, c.from)
		want, _ := Preset(c.want, small)
		want.Preset = c.want
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -preset %s +got:\n%s", c.name, c.want, diff)
		}
	}
}

// Naming an encoder replaces the preset's network; single options of the network hold on top of it,
// wherever they stand.
func TestEncoder(t *testing.T) {
	tiny, err := vit.Variant("vit_tiny_patch16_224")
	if err != nil {
		t.Fatal(err)
	}
	c := mustLoad(t, Sources{Preset: Paper, Set: []string{"model.vit.depth=3", "model.encoder=vit_tiny_patch16_224"}})
	want := tiny
	want.Depth = 3
	want.PosEmbed, want.DropPath = vit.PosEmbedOfficial, 0.1 // of the preset
	if diff := cmp.Diff(want, c.Model.ViT); diff != "" {
		t.Errorf("paper: -want +got:\n%s", diff)
	}

	c = mustLoad(t, Sources{Preset: Auto, Set: []string{"model.encoder=vit_tiny_patch8_64"}})
	if c.Model.ViT.EmbedDim != 192 || c.Model.ViT.InitStd != autoInitStd(192) {
		t.Errorf("auto: width %d with initial weights of %g, want 192 with %g, which suits the width",
			c.Model.ViT.EmbedDim, c.Model.ViT.InitStd, autoInitStd(192))
	}

	c = mustLoad(t, Sources{
		Preset: Seed,
		Set:    []string{"model.encoder=custom", "model.vit.embed_dim=96", "model.vit.num_heads=3"},
	})
	if v := c.Model.ViT; v.EmbedDim != 96 || v.NumHeads != 3 || v.Depth != 12 {
		t.Errorf("custom: %+v, want the preset's network with width 96 and 3 heads", v)
	}

	_, err = Load(Sources{Set: []string{"model.encoder=resnet50"}}, small)
	testkit.RequireError(t, err, `config: model.encoder is "resnet50": must be "custom", or a name as`,
		"vit_small_patch16_224")
}

// A run that goes on starts from what it resolved to, not from its preset and today's facts.
func TestBase(t *testing.T) {
	base := mustLoad(t, Sources{Set: []string{"train.batch_size=24", "data.dir=photos"}})
	c, err := Load(Sources{Base: &base, Set: []string{"checkpoint.keep=5"}}, Facts{Images: 9, Cores: 64})
	if err != nil {
		t.Fatal(err)
	}
	want := base
	want.Checkpoint.Keep = 5
	if diff := cmp.Diff(want, c); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for _, same := range []Sources{{Base: &base, Preset: Auto}, {Base: &base, Set: []string{"preset=auto"}}} {
		if _, err := Load(same, small); err != nil {
			t.Errorf("the same preset named again: %v", err)
		}
	}
	_, err = Load(Sources{Base: &base, Preset: Paper}, small)
	testkit.RequireError(t, err,
		`config: preset is "paper", but the run began with "auto": use the same, or another run folder`)

	for _, c := range []struct {
		set  []string
		want string
	}{{nil, "photos"}, {[]string{"data.dir=other"}, "other"}} {
		if early, err := LoadEarly(Sources{Base: &base, Set: c.set}); err != nil || early.DataDir != c.want ||
			early.Backend != "auto" {
			t.Errorf("with %q: %+v, %v, want the folder %q and the run's engine", c.set, early, err, c.want)
		}
	}
}

// What the auto preset is sized to is known before the rest: the last to name it counts.
func TestLoadEarly(t *testing.T) {
	file := write(t, "data: {dir: a}\nbackend: go\n")
	for _, c := range []struct {
		from Sources
		want Early
	}{
		{Sources{}, Early{}},
		{Sources{File: file}, Early{DataDir: "a", Backend: "go"}},
		{Sources{File: file, Set: []string{"data.dir=b", "data.dir=c"}}, Early{DataDir: "c", Backend: "go"}},
		{Sources{Set: []string{"backend=xla"}}, Early{Backend: "xla"}},
	} {
		if got, err := LoadEarly(c.from); err != nil || got != c.want {
			t.Errorf("%+v: %+v, %v, want %+v", c.from, got, err, c.want)
		}
	}
	_, err := LoadEarly(Sources{Set: []string{"data.dir=[a]"}})
	testkit.RequireError(t, err, "config: --set data.dir=[a]: data.dir is [a]: must be text")
}

func TestMissingFile(t *testing.T) {
	_, err := Load(Sources{File: "no/such.yaml"}, small)
	testkit.RequireError(t, err, "config: open no/such.yaml")
	_, err = Read("no/such.yaml")
	testkit.RequireError(t, err, "config: open no/such.yaml")
}

// A file without any option, such as one that is all comments, changes nothing.
func TestEmptyFile(t *testing.T) {
	for _, text := range []string{"", "\n\n", "# nothing yet\n", "---\n# nothing yet\n", "{}"} {
		got := mustLoad(t, Sources{Preset: Seed, File: write(t, text)})
		if diff := cmp.Diff(mustLoad(t, Sources{Preset: Seed}), got); diff != "" {
			t.Errorf("%q: -preset +got:\n%s", text, diff)
		}
	}
}

// What is saved with a run reads back as the same configuration, and saves as the same text.
func TestSavedConfigurationReadsBack(t *testing.T) {
	for _, preset := range []string{Auto, Seed, Paper} {
		c := mustLoad(t, Sources{
			Preset: preset,
			Set:    []string{"seed=18446744073709551615", "train.schedule.lr.base=1e-3"},
		})
		text, err := c.YAML()
		if err != nil {
			t.Fatal(err)
		}
		again, err := Read(write(t, string(text)))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c, again); diff != "" {
			t.Errorf("%s: -saved +read:\n%s", preset, diff)
		}
		if second, _ := again.YAML(); string(second) != string(text) {
			t.Errorf("%s: saved once as\n%s\nthen as\n%s", preset, text, second)
		}
	}
}

// Any folder name survives the way from a flag into the saved configuration and back.
func TestAnyDataDir(t *testing.T) {
	base := mustLoad(t, Sources{Preset: Seed})
	path := filepath.Join(t.TempDir(), "config.yaml")
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
			"~", "null", "007", "1e3", "yes", "- a", "a: b", "#1", "/a #1", `C:\Bilder\neu`, "ü/日本", "it's", `"q"`, " ",
			"a\tb", "{x}", "[x]", "*x", "&x", "!x", "|", "@x", "%x", "`x",
		})).Filter(func(s string) bool { return s != "" }).Draw(t, "dir")
		setting := fmt.Sprintf("data.dir=%q", want)
		got, err := LoadEarly(Sources{Set: []string{setting}})
		if err != nil || got.DataDir != want {
			t.Fatalf("--set %s gives %q, %v", setting, got.DataDir, err)
		}
		c := base
		c.Data.Dir = want
		text, err := c.YAML()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if again, err := Read(path); err != nil || again.Data.Dir != want {
			t.Fatalf("saved as %q, read as %q, %v", want, again.Data.Dir, err)
		}
	})
}
