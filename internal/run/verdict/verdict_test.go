package verdict

import (
	"math"
	"strings"
	"testing"

	"github.com/dino-go/dino/measure"
)

// learning are the measurements of a step of a run that learns.
func learning() measure.Values {
	return measure.Values{
		loss: 3, teacherEntropy: 1.5, marginal: 3, kl: 1.5, targetGain: 0.5, distance: 0.03, updateSize: 1e-3,
		momentum: 0.99, rate: 1e-3, dataWait: 0.05, probeRankMe: 20, probeStd: 0.6,
	}
}

// with is a step that differs from one that learns.
func with(changes measure.Values) measure.Values {
	v := learning()
	for name, x := range changes {
		v[name] = x
	}
	return v
}

// shown shows a judge so many steps of each of several kinds, and returns all that it tells.
func shown(j *Judge, steps int, of ...measure.Values) []Finding {
	var told []Finding
	for _, v := range of {
		for range steps {
			told = append(told, j.Step(j.step+1, v)...)
		}
	}
	return told
}

func names(findings []Finding) string {
	var text []string
	for _, f := range findings {
		text = append(text, string(f.Kind)+" "+string(f.Change))
	}
	return strings.Join(text, ", ")
}

// What begins is told once, and once more when it is over.
func TestFindingsBeginAndEnd(t *testing.T) {
	uniform := math.Log(128)
	for want, bad := range map[Kind]measure.Values{
		UniformCollapse:     {teacherEntropy: uniform - 1e-3, marginal: uniform - 1e-4},
		OnePrototype:        {teacherEntropy: 1e-4, marginal: 1e-3},
		SharedTarget:        {teacherEntropy: 2, marginal: 2.001},
		DimensionalCollapse: {probeRankMe: 2},
		IdenticalTeacher:    {momentum: 0.1},
		RateHigh:            {updateSize: 0.05},
		DataBound:           {dataWait: 0.8},
	} {
		j := New(recorded())
		told := shown(j, 200, learning(), with(bad), learning())
		if got := names(told); got != string(want)+" begins, "+string(want)+" ends" {
			t.Errorf("%s: told %s", want, got)
			continue
		}
		patience := j.facts.patience()
		if f := told[0]; f.Since < 200 || f.Since > 200+j.facts.window() || f.Step != f.Since+patience-1 {
			t.Errorf("%s: found at step %d, since %d; its signs begin at step 200", want, f.Step, f.Since)
		}
		if len(j.Standing()) > 0 {
			t.Errorf("%s: stands still: %v", want, j.Standing())
		}
	}
}

// A collapse that becomes another is told as that, once it has lasted.
func TestCollapseOfAnotherKind(t *testing.T) {
	j := New(recorded())
	told := shown(j, 150, learning(), with(measure.Values{teacherEntropy: 1e-4, marginal: 1e-3}),
		with(measure.Values{teacherEntropy: 2, marginal: 2.001}))
	want := "one_prototype begins, one_prototype ends, shared_target begins"
	if got := names(told); got != want {
		t.Errorf("told %s, want %s", got, want)
	}
	if s := j.Standing(); len(s) != 1 || s[0].Kind != SharedTarget {
		t.Errorf("what stands is %v", s)
	}
}

// Signs of a few steps are no finding, nor is anything while the learning rate rises from 0.
func TestNoAlarm(t *testing.T) {
	j := New(recorded())
	shared := with(measure.Values{teacherEntropy: 2, marginal: 2.001})
	for range 30 {
		told := shown(j, j.facts.patience()/2, shared, learning())
		if len(told) > 0 {
			t.Fatalf("told %v", told)
		}
	}
	f := recorded()
	f.RateWarmup = 300
	j = New(f)
	if told := shown(j, 299, with(measure.Values{updateSize: 1e-9})); len(told) > 0 {
		t.Errorf("in the warm-up: %v", told)
	}
	if told := shown(j, 37, with(measure.Values{updateSize: 1e-9})); names(told) != "learning_rate_too_low begins" {
		t.Errorf("behind the warm-up: %v", told)
	}
}

// Non-finite numbers, and measurements that are not there, find nothing and break nothing.
func TestStrangeNumbers(t *testing.T) {
	for _, x := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		v := learning()
		for name := range v {
			v[name] = x
		}
		j := New(recorded())
		for _, f := range shown(j, 300, v, measure.Values{}) {
			t.Errorf("of %g: %s", x, f)
		}
	}
	if told := shown(New(Facts{}), 300, learning(), measure.Values{}); len(told) > 0 {
		t.Errorf("without facts: %v", told)
	}
	if told := New(Facts{}).Begin(); len(told) > 0 {
		t.Errorf("without facts, before the first step: %v", told)
	}
}

// The advice names what is farthest from what suits the run, with the value that does.
func TestCauses(t *testing.T) {
	for option, change := range map[string]func(*Facts){
		"train.schedule.lr.base":    func(f *Facts) { f.Rate = 0.2 },
		"model.center_momentum":     func(f *Facts) { f.CenterMomentum = 1 },
		"model.temperature_teacher": func(f *Facts) { f.TemperatureTeacher = 0.09 },
		"model.n_prototypes":        func(f *Facts) { f.Prototypes, f.Images = 65536, 50 },
		"model.vit.init_std":        func(f *Facts) { f.InitStd = 0.01 },
		"train.batch_size":          func(f *Facts) { f.Batch = 2 },
	} {
		f := recorded()
		change(&f)
		causes := New(f).causes()
		if len(causes) == 0 || causes[0].Option != option || causes[0].Why == "" {
			t.Errorf("%s: %v", option, causes)
		}
	}
}

// Windows follow the length of an epoch.
func TestWindows(t *testing.T) {
	for epoch, want := range map[int][2]int{0: {8, 4}, 25: {8, 4}, 112: {28, 14}, 20000: {50, 25}} {
		f := Facts{StepsPerEpoch: epoch}
		if got := [2]int{f.patience(), f.window()}; got != want {
			t.Errorf("%d steps an epoch: patience and window %v, want %v", epoch, got, want)
		}
	}
}

// A run whose score has not risen for long is said to have stopped, once, with its best epoch; one
// that rises, falls early or is about to end is not.
func TestPlateau(t *testing.T) {
	f := recorded()
	f.StepsPerEpoch, f.Steps = 20, 20*40
	run := func(gain func(epoch int) float64) []Finding {
		j, told := New(f), []Finding(nil)
		for step := range f.Steps {
			v := with(measure.Values{targetGain: gain(step / 20)})
			told = append(told, j.Step(step, v)...)
		}
		return told
	}
	if told := run(func(epoch int) float64 { return 1 + float64(epoch)/20 }); len(told) > 0 {
		t.Errorf("rising: %v", told)
	}
	if told := run(func(epoch int) float64 { return 2 + math.Abs(float64(epoch)-8)/4 }); len(told) > 0 {
		t.Errorf("falling and rising: %v", told)
	}
	told := run(func(epoch int) float64 { return 0.1 + float64(min(epoch, 15))/15 })
	if names(told) != "plateau begins" || told[0].Severity != Hint || told[0].Evidence[0].Value < 15 ||
		told[0].Evidence[0].Value > 18 {
		t.Errorf("stopped at epoch 16: %v", told)
	}
	if told := run(func(epoch int) float64 { return 0.1 + float64(min(epoch, 30))/30 }); len(told) > 0 {
		t.Errorf("stopped near the end: %v", told)
	}
}

// A student that does not tell images apart, though the targets differ, is found after two epochs
// and some hundred steps; one that does so a little is not.
func TestNoLearning(t *testing.T) {
	for gain, want := range map[float64]string{-1e-3: "no_learning begins", 0: "no_learning begins", 2e-3: ""} {
		j := New(recorded())
		if got := names(shown(j, 330, with(measure.Values{targetGain: gain}))); got != want {
			t.Errorf("gain %g: told %q, want %q", gain, got, want)
		}
	}
}

// What a step takes off the weights is the decay's doing only where the decay is large.
func TestDecay(t *testing.T) {
	for want, v := range map[string]measure.Values{
		"weight_decay_too_high begins":  {rate: 1e-3, weightDecay: 10, updateSize: 0.011},
		"learning_rate_too_high begins": {rate: 10, weightDecay: 0.04, updateSize: 0.5},
	} {
		if got := names(shown(New(recorded()), 60, with(v))); got != want {
			t.Errorf("told %q, want %q", got, want)
		}
	}
}
