package config

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/internal/data/stored"
	"github.com/dino-go/dino/optim"
	"github.com/dino-go/dino/schedule"
)

// options lists the names of all options in the form that is saved with a run.
func options(t *testing.T) []string {
	t.Helper()
	text, err := paper().YAML()
	if err != nil {
		t.Fatal(err)
	}
	var tree map[string]any
	if err := yaml.Unmarshal(text, &tree); err != nil {
		t.Fatal(err)
	}
	var names []string
	var walk func(prefix string, tree map[string]any)
	walk = func(prefix string, tree map[string]any) {
		for key, value := range tree {
			if section, ok := value.(map[string]any); ok {
				walk(prefix+key+".", section)
			} else {
				names = append(names, prefix+key)
			}
		}
	}
	walk("", tree)
	return names
}

// Every option either may change when a run goes on, or is compared: none is forgotten, none is
// both.
func TestEveryOptionIsFreeOrCompared(t *testing.T) {
	c := paper()
	// What older versions lack is left out where it does what they did.
	c.Data.Truncated.Keep, c.Data.Background.Set, c.Data.Pages = 0.9, true, "all"
	c.Model.KoLeoWeight, c.Data.Range = 0.1, stored.Choice{Word: stored.Auto}
	c.Model.ViT.Activation, c.Model.ViT.Norm, c.Model.ViT.PostNorm, c.Model.ViT.DistToken = "relu", "none", true, true
	c.Train.Optimizer.Kind = distill.OptimizerMuon
	c.Train.Optimizer.LARS = optim.LARS{Momentum: 0.8, Trust: 0.01}
	c.Train.Optimizer.Muon = optim.Muon{
		Momentum: 0.9, Iterations: 4, AdjustRate: optim.AdjustOriginal, RateFactor: 2,
	}
	compared, err := c.Parameters("digest", 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range options(t) {
		if _, ok := compared[name]; ok == isFree(name) {
			t.Errorf("%s: compared %v, free %v: must be one of them", name, ok, isFree(name))
		}
		delete(compared, name)
	}
	rest := slices.Sorted(maps.Keys(compared))
	if diff := cmp.Diff([]string{"images in data.dir (names and sizes)", "images trained on"}, rest); diff != "" {
		t.Errorf("compared beside the options: -want +got:\n%s", diff)
	}
}

// A checkpoint of a version that had no such option goes on, unless the option is used.
func TestParametersOfOlderVersions(t *testing.T) {
	c := paper()
	for path, value := range later {
		l, err := parseSetting("--set", path+"="+value)
		if err == nil {
			_, err = l.into(&c)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	p, err := c.Parameters("digest", 100)
	if err != nil {
		t.Fatal(err)
	}
	for path := range later {
		if value, ok := p[path]; ok {
			t.Errorf("%s=%s is compared, though older versions did the same", path, value)
		}
	}
	// What older versions lack is left out where it does what they did.
	c.Data.Truncated.Keep, c.Data.Background.Set, c.Data.Pages = 0.9, true, "all"
	c.Model.KoLeoWeight, c.Data.Range = 0.1, stored.Choice{Word: stored.Auto}
	c.Model.ViT.Activation, c.Model.ViT.Norm, c.Model.ViT.PostNorm, c.Model.ViT.DistToken = "relu", "none", true, true
	if p, err = c.Parameters("digest", 100); err != nil || p["model.koleo_weight"] != "0.1" {
		t.Errorf("koleo_weight is %q (%v), want 0.1", p["model.koleo_weight"], err)
	}
}

// The list of free options names none that is gone.
func TestFreeOptionsExist(t *testing.T) {
	all := options(t)
	for _, name := range free {
		if !slices.ContainsFunc(all, func(o string) bool { return o == name || strings.HasPrefix(o, name+".") }) {
			t.Errorf("%s is free, but there is no such option or section", name)
		}
	}
}

// A section is free as a whole, and a name that only begins alike is not.
func TestIsFree(t *testing.T) {
	for name, want := range map[string]bool{
		"checkpoint": true, "checkpoint.keep": true, "checkpoints.keep": false, "data.dir": true, "data.dirs": false,
		"knn.k": true, "knn.hold_out": false, "seed": false,
	} {
		if isFree(name) != want {
			t.Errorf("%s: free is %v, want %v", name, !want, want)
		}
	}
}

// The comparison sees what changed, and only that.
func TestParametersDiffer(t *testing.T) {
	before, err := paper().Parameters("a", 100)
	if err != nil {
		t.Fatal(err)
	}
	c := paper()
	c.Seed, c.Data.Workers, c.Checkpoint.Keep, c.Model.ViT.Recompute = 1, 7, 9, true
	c.Augment.GlobalCrops.Scale[0] = 0.3
	c.Train.Schedule.LearningRate.Warmup = schedule.Length{Count: 5, Unit: schedule.Percent}
	after, err := c.Parameters("b", 101)
	if err != nil {
		t.Fatal(err)
	}
	var changed []string
	for name, value := range after {
		if before[name] != value {
			changed = append(changed, name)
		}
	}
	slices.Sort(changed)
	want := []string{
		"augment.global_crops.scale", "images in data.dir (names and sizes)", "images trained on", "seed",
		"train.schedule.lr.warmup",
	}
	if diff := cmp.Diff(want, changed); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
