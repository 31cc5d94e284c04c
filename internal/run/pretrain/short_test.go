package pretrain

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/dino-go/dino/internal/run/config"
	"github.com/dino-go/dino/internal/run/verdict"
	"github.com/dino-go/dino/observe"
)

// A run of one to fifty steps with the options of a preset is no failure, and what it is told
// because it is short is a hint at most.
func TestShortRunsOfPresetsAreNoFailures(t *testing.T) {
	hints := 0
	for _, preset := range []string{config.Auto, config.Paper, config.Seed} {
		for steps := 1; steps <= 50; steps++ {
			for epochs := 1; epochs <= steps; epochs++ {
				if steps%epochs != 0 {
					continue
				}
				name := fmt.Sprintf("%s, %d steps in %d epochs", preset, steps, epochs)
				facts := shortFacts(t, preset, steps/epochs, epochs)
				if facts.Steps != steps {
					t.Fatalf("%s: has %d steps", name, facts.Steps)
				}
				for _, f := range verdict.New(facts).Begin() {
					requireChanges(t, f, facts.Options)
					if f.Severity == verdict.Failure || f.Kind == verdict.FrozenPrototypes {
						t.Errorf("%s: %s %s: %s", name, f.Severity, f.Kind, f)
					}
					if f.Kind == verdict.ShortRun {
						hints++
					}
				}
			}
		}
	}
	if hints == 0 {
		t.Error("no run was told that it is short")
	}
}

// shortFacts are what the verdict knows of a run of a preset over batches of eight.
func shortFacts(t *testing.T, preset string, perEpoch, epochs int) verdict.Facts {
	t.Helper()
	const batch = 8
	number := perEpoch * batch
	set := []string{fmt.Sprint("train.batch_size=", batch), fmt.Sprint("train.epochs=", epochs)}
	if preset == config.Paper { // its warm-up is longer than the run, which the official code refuses, too
		set = append(set, "train.schedule.lr.warmup=10%", "model.warmup_epochs_temperature_teacher=0")
	}
	c, err := config.Load(config.Sources{Preset: preset, Set: set}, config.Facts{
		Images: number, ShortSide: 32, Cores: 2, Epochs: epochs,
	})
	if err != nil {
		t.Fatal(err)
	}
	plan, err := c.Plan(number)
	if err != nil {
		t.Fatal(err)
	}
	in := &inputs{config: c, plan: plan, data: &images{train: make([]int, number)}}
	facts, err := in.facts()
	if err != nil {
		t.Fatal(err)
	}
	return facts
}

// The verdict compares and advises learning rates as a configuration has them, before they are
// scaled by the batch.
func TestRateOfTheVerdictIsThatOfTheOptions(t *testing.T) {
	f := shortFacts(t, config.Auto, 4, 2)
	if f.Options["train.schedule.lr.scale_by_batch"] != "false" || f.Rate != f.Suggested.Rate {
		t.Errorf("the preset's own rate is %v where %v is suggested", f.Rate, f.Suggested.Rate)
	}
	f = shortFacts(t, config.Paper, 4, 2)
	if got, want := strconv.FormatFloat(f.Rate, 'g', -1, 64), f.Options["train.schedule.lr.base"]; got != want {
		t.Errorf("the rate is %s, the option %s", got, want)
	}
	if f.Options["train.schedule.lr.scale_by_batch"] != "true" || f.Suggested.Rate != 0.000333*256/8 {
		t.Errorf("a rate of %v is suggested to be scaled by 8/256, want %v", f.Suggested.Rate, 0.000333*256/8)
	}
}

// requireChanges reports advice that sets an option to the value that it has.
func requireChanges(t *testing.T, f verdict.Finding, options map[string]string) {
	t.Helper()
	for _, a := range f.Advice {
		set, known := options[a.Option]
		if !known {
			t.Errorf("%s: advises %s, which is no option", f.Kind, a.Option)
		}
		is, err := strconv.ParseFloat(set, 64)
		to, errTo := strconv.ParseFloat(a.Value, 64)
		if set == a.Value || err == nil && errTo == nil && is == to {
			t.Errorf("%s: advises %s=%s, which it is", f.Kind, a.Option, a.Value)
		}
	}
}

// options are all options of a trial with their values.
func (tr trial) options(t *testing.T) map[string]string {
	t.Helper()
	c, err := config.Load(config.Sources{Set: assigned(tr.settings())}, config.Facts{})
	if err != nil {
		t.Fatal(err)
	}
	values, err := c.Values()
	if err != nil {
		t.Fatal(err)
	}
	return values
}

// assigned are settings as --set takes them.
func assigned(settings map[string]string) []string {
	var set []string
	for name, value := range settings {
		set = append(set, name+"="+value)
	}
	slices.Sort(set)
	return set
}

// findingOf is the finding that a warning tells.
func findingOf(t *testing.T, w observe.Warning) verdict.Finding {
	t.Helper()
	text, err := json.Marshal(w.Fields)
	if err != nil {
		t.Fatal(err)
	}
	var f verdict.Finding
	if err := json.Unmarshal(text, &f); err != nil || f.Kind == "" {
		t.Fatalf("%s is no finding: %v", text, err)
	}
	return f
}
