package schedule

import (
	"math"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// official is the recipe of main_dino.py with its longer temperature warm-up.
func official() Config {
	return Config{
		LearningRate: LearningRate{
			Kind: KindCosine, Base: 5e-4, ScaleByBatch: true, End: 1e-6,
			Warmup: Length{10, Epochs},
		},
		WeightDecay:     WeightDecay{Kind: KindCosine, Start: 0.04, End: 0.4},
		MomentumPer:     PerStep,
		Momentum:        Momentum{Start: 0.996, End: 1},
		TeacherTempKind: KindOfficial,
		TeacherTemp:     TeacherTemp{Start: 0.04, Final: 0.07, Warmup: Length{30, Epochs}},
		FreezeLastLayer: Length{1, Epochs},
	}
}

// seed is the recipe of the seed's library for its published DINO number.
func seed() Config {
	return Config{
		LearningRate: LearningRate{
			Kind: KindWarmupCosineSeed, Base: 5e-4, Warmup: Length{1, Percent},
			StartFactor: 0.01,
		},
		WeightDecay:     WeightDecay{Kind: KindConstant, Start: 0.05},
		MomentumPer:     PerEpoch,
		Momentum:        Momentum{Start: 0.996, End: 1},
		TeacherTempKind: KindSeed,
		TeacherTemp:     TeacherTemp{Start: 0.04, Final: 0.07, Warmup: Length{10, Epochs}},
	}
}

func valuesOf(lr, weightDecay, momentum, teacherTemp float64, frozen bool) Values {
	return Values{
		LR: lr, WeightDecay: weightDecay, Momentum: momentum, TeacherTemp: teacherTemp,
		FreezeLastLayer: frozen,
	}
}

func TestPlanOfficial(t *testing.T) {
	plan := newPlan(t, official(), Run{Epochs: 100, StepsPerEpoch: 2502, Batch: 512})
	tests := []struct {
		step int
		want Values
	}{
		{0, valuesOf(0, 0.04, 0.996, 0.04, true)},
		{1, valuesOf(3.99696e-8, 0.04, 0.996, 0.04, true)},
		{2501, valuesOf(9.99640e-5, 0.04008875, 0.99600099, 0.04, true)},
		{2502, valuesOf(1.00004e-4, 0.04008882, 0.99600099, 0.04103448, false)},
		{25019, valuesOf(1e-3, 0.04880913, 0.99609788, 0.04931034, false)},
		{125100, valuesOf(5.87237265e-4, 0.22, 0.998, 0.07, false)},
		{250199, valuesOf(1.00000005e-6, 0.4, 1, 0.07, false)},
	}
	for _, test := range tests {
		requireValues(t, test.step, plan.At(test.step), test.want)
	}
}

func TestPlanSeed(t *testing.T) {
	plan := newPlan(t, seed(), Run{Epochs: 200, StepsPerEpoch: 73, Batch: 128})
	tests := []struct {
		step int
		want Values
	}{
		{0, valuesOf(5.0e-6, 0.05, 0.996, 0.04, false)},
		{1, valuesOf(8.390411e-6, 0.05, 0.996, 0.04, false)},
		{72, valuesOf(2.491096e-4, 0.05, 0.996, 0.04, false)},
		{73, valuesOf(2.525e-4, 0.05, 0.996000247, 0.043, false)},
		{145, valuesOf(4.966096e-4, 0.05, 0.996000247, 0.043, false)},
		{146, valuesOf(5.0e-4, 0.05, 0.996000987, 0.046, false)},
		{7373, valuesOf(2.5e-4, 0.05, 0.998031, 0.07, false)},
		{14599, valuesOf(5.905187e-12, 0.05, 0.999999753, 0.07, false)},
	}
	for _, test := range tests {
		requireValues(t, test.step, plan.At(test.step), test.want)
	}
}

// TestPlanLengthsInSteps: a temperature warm-up given in steps changes every
// step, and reaches its end within the epoch.
func TestPlanLengthsInSteps(t *testing.T) {
	c := official()
	c.LearningRate.Warmup = Length{4, Steps}
	c.TeacherTemp.Warmup = Length{4, Steps}
	c.FreezeLastLayer = Length{25, Percent}
	plan := newPlan(t, c, Run{Epochs: 2, StepsPerEpoch: 6, Batch: 256})
	var temps, rates []float64
	frozen := 0
	for step := range 5 {
		v := plan.At(step)
		temps, rates = append(temps, v.TeacherTemp), append(rates, v.LR)
		if v.FreezeLastLayer {
			frozen++
		}
	}
	near := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 1e-12 })
	if diff := cmp.Diff([]float64{0.04, 0.05, 0.06, 0.07, 0.07}, temps, near); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]float64{0, 5e-4 / 3, 1e-3 / 3, 5e-4, 5e-4}, rates, near); diff != "" {
		t.Error(diff)
	}
	if frozen != 3 {
		t.Errorf("%d steps frozen, want 3", frozen)
	}
}

func TestPlanConstant(t *testing.T) {
	c := Config{
		LearningRate:    LearningRate{Kind: KindConstant, Base: 2e-3, ScaleByBatch: true},
		WeightDecay:     WeightDecay{Kind: KindConstant},
		MomentumPer:     PerStep,
		Momentum:        Momentum{Start: 0.99, End: 0.99},
		TeacherTempKind: KindSeed,
		TeacherTemp:     TeacherTemp{Start: 0.03, Final: 0.03},
	}
	plan := newPlan(t, c, Run{Epochs: 3, StepsPerEpoch: 5, Batch: 128})
	for step := range 15 {
		requireValues(t, step, plan.At(step), valuesOf(1e-3, 0, 0.99, 0.03, false))
	}
}

// TestPlanStaysInRange: whatever the lengths, no value leaves the range that its
// options span, and the last layer thaws once.
func TestPlanStaysInRange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		run := Run{
			rapid.IntRange(1, 8).Draw(t, "epochs"), rapid.IntRange(1, 8).Draw(t, "steps"),
			rapid.IntRange(1, 512).Draw(t, "batch"),
		}
		length := rapid.Custom(func(t *rapid.T) Length {
			if rapid.Bool().Draw(t, "in steps") {
				return Length{float64(rapid.IntRange(0, run.Steps()).Draw(t, "length")), Steps}
			}
			return Length{float64(rapid.IntRange(0, run.Epochs).Draw(t, "length")), Epochs}
		})
		c := rapid.SampledFrom([]Config{official(), seed()}).Draw(t, "recipe")
		c.LearningRate.Warmup, c.TeacherTemp.Warmup, c.FreezeLastLayer = length.Draw(t, "lr"), length.Draw(t, "temp"),
			length.Draw(t, "freeze")
		plan, err := New(c, run)
		if err != nil {
			t.Fatal(err)
		}
		const slack = 1e-7 // the seed's momentum is a float32
		within := func(v, a, b float64) bool { return v >= min(a, b)-slack && v <= max(a, b)+slack }
		frozen := true
		for step := range run.Steps() {
			v := plan.At(step)
			if !within(v.LR, 0, c.LearningRate.peak(run)) || !within(v.Momentum, c.Momentum.Start, c.Momentum.End) ||
				!within(v.TeacherTemp, c.TeacherTemp.Start, c.TeacherTemp.Final) ||
				!within(v.WeightDecay, c.WeightDecay.Start, max(c.WeightDecay.Start, c.WeightDecay.End)) {
				t.Fatalf("step %d of %+v: %+v", step, run, v)
			}
			if v.FreezeLastLayer && !frozen {
				t.Fatalf("step %d freezes the last layer again", step)
			}
			frozen = v.FreezeLastLayer
		}
	})
}

func TestPlanPanicsOutsideTheRun(t *testing.T) {
	plan := newPlan(t, seed(), Run{Epochs: 10, StepsPerEpoch: 3, Batch: 4})
	for _, step := range []int{-1, 30} {
		func() {
			defer func() {
				if message, _ := recover().(string); !strings.Contains(message, "outside a run of 30 steps") {
					t.Errorf("step %d: panic message %q", step, message)
				}
			}()
			plan.At(step)
		}()
	}
}

func TestValidate(t *testing.T) {
	run := Run{Epochs: 40, StepsPerEpoch: 10, Batch: 64}
	nan := math.NaN()
	tests := []struct {
		want   string
		change func(*Config, *Run)
	}{
		{"epochs is 0: must be at least 1", func(_ *Config, r *Run) { r.Epochs = 0 }},
		{"steps_per_epoch is -1", func(_ *Config, r *Run) { r.StepsPerEpoch = -1 }},
		{"batch_size is 0", func(_ *Config, r *Run) { r.Batch = 0 }},
		{"too long", func(_ *Config, r *Run) { r.Epochs = math.MaxInt }},
		{
			`lr.kind is "linear": must be one of ["cosine" "warmup_cosine_seed" "constant"]`,
			func(c *Config, _ *Run) { c.LearningRate.Kind = "linear" },
		},
		{"lr.base is 0: must be above 0", func(c *Config, _ *Run) { c.LearningRate.Base = 0 }},
		{"lr.base is NaN", func(c *Config, _ *Run) { c.LearningRate.Base = nan }},
		{"lr.base is +Inf", func(c *Config, _ *Run) { c.LearningRate.Base = math.Inf(1) }},
		{
			"lr.start_factor is 1.5: must be between 0 and 1",
			func(c *Config, _ *Run) { c.LearningRate.StartFactor = 1.5 },
		},
		{"lr.end is 0.0004: must be between 0 and the rate after the warm-up, 0.000125 (lr.base 0.0005 × " +
			"batch 64 / 256)", func(c *Config, _ *Run) {
			c.LearningRate.End = 4e-4
		}},
		{
			"lr.warmup is 41 epochs: longer than the run; at most 40 epochs",
			func(c *Config, _ *Run) { c.LearningRate.Warmup = Length{41, Epochs} },
		},
		{
			"lr.warmup is 401 steps: longer than the run; at most 400 steps",
			func(c *Config, _ *Run) { c.LearningRate.Warmup = Length{401, Steps} },
		},
		{
			"lr.warmup is 101%: longer than the run; at most 100%",
			func(c *Config, _ *Run) { c.LearningRate.Warmup = Length{101, Percent} },
		},
		{`lr.warmup has the unit "days"`, func(c *Config, _ *Run) { c.LearningRate.Warmup = Length{1, "days"} }},
		{"lr.warmup is -1 epochs", func(c *Config, _ *Run) { c.LearningRate.Warmup = Length{-1, Epochs} }},
		{"lr.warmup is 0.5 steps", func(c *Config, _ *Run) { c.LearningRate.Warmup = Length{0.5, Steps} }},
		{
			"lr.warmup is 10 epochs: a constant rate has no warm-up",
			func(c *Config, _ *Run) { c.LearningRate.Kind = KindConstant },
		},
		{"lr.end is 1e-06: a constant rate has no end", func(c *Config, _ *Run) {
			c.LearningRate.Kind, c.LearningRate.Warmup = KindConstant, Length{}
		}},
		{`weight_decay.kind is ""`, func(c *Config, _ *Run) { c.WeightDecay.Kind = "" }},
		{
			"weight_decay.start is -0.1: must be at least 0 and finite",
			func(c *Config, _ *Run) { c.WeightDecay.Start = -0.1 },
		},
		{"weight_decay.end is NaN", func(c *Config, _ *Run) { c.WeightDecay.End = nan }},
		{
			"weight_decay.end is 0.4: a constant decay has no end",
			func(c *Config, _ *Run) { c.WeightDecay.Kind = KindConstant },
		},
		{
			`momentum_per is "image": must be one of ["step" "epoch"]`,
			func(c *Config, _ *Run) { c.MomentumPer = "image" },
		},
		{"momentum.start is -1: must be between 0 and 1", func(c *Config, _ *Run) { c.Momentum.Start = -1 }},
		{"momentum.end is 1.1: must be between 0 and 1", func(c *Config, _ *Run) { c.Momentum.End = 1.1 }},
		{`teacher_temp_kind is "cosine"`, func(c *Config, _ *Run) { c.TeacherTempKind = "cosine" }},
		{"teacher_temp.start is 0: must be above 0", func(c *Config, _ *Run) { c.TeacherTemp.Start = 0 }},
		{"teacher_temp.final is NaN", func(c *Config, _ *Run) { c.TeacherTemp.Final = nan }},
		{
			"teacher_temp.warmup is 50 epochs: longer than the run; at most 40 epochs",
			func(c *Config, _ *Run) { c.TeacherTemp.Warmup.Count = 50 },
		},
		{
			"teacher_temp.warmup is 2.5 epochs: must be whole epochs; for a part of one write 25 steps",
			func(c *Config, _ *Run) { c.TeacherTemp.Warmup.Count = 2.5 },
		},
		{"freeze_last_layer is -1 epochs", func(c *Config, _ *Run) { c.FreezeLastLayer.Count = -1 }},
		{`freeze_last_layer has the unit "days"`, func(c *Config, _ *Run) { c.FreezeLastLayer.Unit = "days" }},
	}
	for _, test := range tests {
		c, r := official(), run
		test.change(&c, &r)
		_, err := New(c, r)
		if err == nil || !strings.HasPrefix(err.Error(), "schedule: ") || !strings.Contains(err.Error(), test.want) {
			t.Errorf("got error  %v\n\twant       %s", err, test.want)
		}
	}
	for _, c := range []Config{official(), seed()} {
		if err := c.Validate(run); err != nil {
			t.Error(err)
		}
	}
}

// What the references do not limit may be longer than the run: the seed's warm-up of the
// temperature (here 10 of 4 epochs), which then never ends, and the official freezing of the last
// layer.
func TestPartsThatOutlastTheRun(t *testing.T) {
	run := Run{Epochs: 4, StepsPerEpoch: 10, Batch: 128}
	c := seed()
	c.TeacherTemp, c.FreezeLastLayer = TeacherTemp{Start: 0.04, Final: 0.07, Warmup: Length{10, Epochs}},
		Length{9, Epochs}
	plan := newPlan(t, c, run)
	for epoch, want := range []float64{0.04, 0.043, 0.046, 0.049} {
		v := plan.At(10*epoch + 9)
		if math.Abs(v.TeacherTemp-want) > 1e-12 || !v.FreezeLastLayer {
			t.Errorf("epoch %d: temperature %v, frozen %t; want %v and frozen", epoch, v.TeacherTemp, v.FreezeLastLayer,
				want)
		}
	}
}

// TestConfigYAML: what a run saves is what it reads.
func TestConfigYAML(t *testing.T) {
	for _, want := range []Config{official(), seed()} {
		text, err := yaml.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got Config
		if err := yaml.UnmarshalWithOptions(text, &got, yaml.Strict()); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		want.Momentum, want.TeacherTemp = Momentum{}, TeacherTemp{} // are options of the model
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s\n%s", text, diff)
		}
	}
}

func newPlan(t *testing.T, c Config, run Run) *Plan {
	t.Helper()
	plan, err := New(c, run)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// requireValues compares to about the digits that the wanted values have.
func requireValues(t *testing.T, step int, got, want Values) {
	t.Helper()
	near := func(a, b, tol float64) bool { return math.Abs(a-b) <= tol }
	ok := near(got.LR, want.LR, 1e-5*want.LR) && near(got.WeightDecay, want.WeightDecay, 1e-8) &&
		near(got.Momentum, want.Momentum, 1e-6) && near(got.TeacherTemp, want.TeacherTemp, 1e-8)
	if !ok || got.FreezeLastLayer != want.FreezeLastLayer {
		t.Errorf("step %d:\n\tgot  %+v\n\twant %+v", step, got, want)
	}
}
