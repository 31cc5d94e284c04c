package verdict

import (
	"strings"
	"testing"

	"github.com/dino-go/dino/measure"
)

// lasting are the facts of a recorded run with another number of steps and the same options.
func lasting(steps int, drift float64) Facts {
	f := recorded()
	f.Steps, f.StepsPerEpoch, f.TeacherDrift = steps, max(1, steps/2), drift*float64(steps)
	return f
}

// What the options are like does not follow from the length of the run: a momentum that moves the
// teacher in a usual run is not frozen in a short one, and one that does not is frozen in any.
func TestLengthIsNoFault(t *testing.T) {
	for steps := 1; steps <= 2000; steps++ {
		for drift, frozen := range map[float64]bool{0: true, 1e-6: true, 1e-4: false, 0.005: false} {
			found := New(lasting(steps, drift)).Begin()
			is := len(found) > 0 && found[0].Kind == FrozenTeacher
			if is != frozen {
				t.Fatalf("%d steps, %g of the way a step: %v", steps, drift, found)
			}
			for _, f := range found {
				if short := steps < shortRun || drift < 1e-3; f.Severity != Hint && !frozen || f.Kind == ShortRun &&
					!short {
					t.Fatalf("%d steps, %g of the way a step: %s %s", steps, drift, f.Severity, f)
				}
			}
		}
	}
}

// Updates that would change the weights in a usual run are not too small in a shorter one.
func TestUpdatesOfShortRuns(t *testing.T) {
	for size, want := range map[float64]string{5e-5: "", 5e-6: "learning_rate_too_low begins"} {
		if got := names(shown(New(lasting(150, 0.005)), 150, with(measure.Values{updateSize: size}))); got != want {
			t.Errorf("updates of %g: told %q, want %q", size, got, want)
		}
	}
}

// Prototypes that are frozen in all steps of a short run are a hint; the advice lengthens the run.
func TestShortRunWithFrozenPrototypes(t *testing.T) {
	f := lasting(10, 0.005)
	f.FrozenLastLayer, f.Options = 10, map[string]string{"train.epochs": "2"}
	found := New(f).Begin()
	if len(found) != 1 || found[0].Kind != ShortRun || found[0].Severity != Hint ||
		len(found[0].Advice) != 1 || found[0].Advice[0] != (Advice{Option: "train.epochs", Value: "20"}) {
		t.Errorf("ten steps: told %v", found)
	}
	f = lasting(150, 0.005)
	f.FrozenLastLayer = 150
	if found := New(f).Begin(); names(found) != "frozen_prototypes begins" {
		t.Errorf("150 steps: told %v", found)
	}
}

// A run that ends within the warm-up of the temperature is one that is as it was asked for: a hint.
func TestUnfinishedWarmup(t *testing.T) {
	f := recorded()
	f.TemperatureWarmup = f.Steps
	if found := New(f).Begin(); len(found) > 0 {
		t.Errorf("a warm-up as long as the run: told %v", found)
	}
	f.TemperatureWarmup = 10 * f.StepsPerEpoch
	found := New(f).Begin()
	if len(found) != 1 || found[0].Kind != UnfinishedWarmup || found[0].Severity != Hint || len(found[0].Advice) != 1 ||
		found[0].Advice[0] != (Advice{Option: "model.warmup_epochs_temperature_teacher", Value: "0"}) {
		t.Errorf("ten epochs of warm-up in a run of three: told %v", found)
	}
}

// A teacher that is hotter than its student computes what the class computes, with a warning that
// says so.
func TestTeacherHotterThanStudent(t *testing.T) {
	for temperature, want := range map[float64]string{
		0.08: "at the temperature 0.08 are nearly as soft as the student's predictions at 0.1",
		0.2:  "at the temperature 0.2 are no sharper than the student's predictions at 0.1",
	} {
		f := recorded()
		f.TemperatureTeacher = temperature
		found := New(f).Begin()
		if len(found) != 1 || found[0].Kind != HotTeacher || !strings.Contains(found[0].What, want) {
			t.Errorf("%v: told %v", temperature, found)
		}
	}
}

// Epochs of a few steps are no time in which a student must have learned to tell images apart.
func TestNoLearningTakesSteps(t *testing.T) {
	f := lasting(150, 0.005)
	f.StepsPerEpoch = 40
	if told := shown(New(f), 150, with(measure.Values{targetGain: 0})); len(told) > 0 {
		t.Errorf("after 150 steps: %v", told)
	}
}

// No advice sets an option to the value that it has, however that is written.
func TestAdviceChangesSomething(t *testing.T) {
	f := recorded()
	f.TeacherDrift, f.Rate = 0, 0.03
	f.Options = map[string]string{
		"model.ema_decay_start": "1", "model.ema_decay_end": "1.0",
		"train.schedule.lr.base": "3e-3",
	}
	found := New(f).Begin()
	if names(found) != "frozen_teacher begins" || len(found[0].Advice) != 1 ||
		found[0].Advice[0].Option != "model.ema_decay_start" {
		t.Errorf("told %v", found)
	}
	for _, a := range New(f).causes() {
		if a.Option == "train.schedule.lr.base" {
			t.Errorf("advises the rate that is set: %v", a)
		}
	}
}
