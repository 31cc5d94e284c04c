package schedule

import (
	"math"
	"testing"

	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/weights"
)

// TestGoldenSchedule compares every stored schedule value by value.
func TestGoldenSchedule(t *testing.T) {
	testkit.GoldenCases(t, "schedule", func(t *testing.T, c *testkit.Case) {
		want := float64s(t, c.Tensors(t, "values.safetensors"), "values")
		got := values(goldenSchedule(c), len(want))
		tol := c.Tolerance("values")
		testkit.AllClose(t, "values", got, want, max(tol.MaxAbs, 1e-12*tol.Scale))
	})
}

func goldenSchedule(c *testkit.Case) Schedule {
	var p struct {
		Base, Final, Start float64
		Warmup, Temp       float64
		Epochs, NIter      int
		WarmupEpochs       int `json:"warmup_epochs"`
	}
	c.Params(&p)
	switch c.Kind {
	case "cosine":
		return Cosine{
			Start: p.Start, Base: p.Base, Final: p.Final, Warmup: p.WarmupEpochs * p.NIter,
			Total: p.Epochs * p.NIter,
		}
	case "teacher_temp_official":
		return TemperatureOfficial{First: p.Warmup, Final: p.Temp, Warmup: p.WarmupEpochs}
	case "teacher_temp_seed":
		return TemperatureSeed{First: p.Warmup, Final: p.Temp, Warmup: p.WarmupEpochs}
	}
	c.UnknownKind()
	return nil
}

// TestGoldenEMACoefficients compares the momentum of every epoch with what the
// reference wrapper held, and every update's with the stored one.
func TestGoldenEMACoefficients(t *testing.T) {
	testkit.GoldenCases(t, "ema", func(t *testing.T, c *testkit.Case) {
		if c.Kind != "teacher_student_wrapper" {
			c.UnknownKind()
		}
		var stored struct {
			Params struct {
				Base, Final float64
				Epochs      int
			}
			Updates []struct {
				Epoch       int
				Coefficient float64
			}
		}
		c.Decode(&stored)
		momentum := EMACosine{Base: stored.Params.Base, Final: stored.Params.Final, Epochs: stored.Params.Epochs}
		want := float64s(t, c.Tensors(t, "updates.safetensors"), "coefficients")
		testkit.AllClose(t, "coefficients", values(momentum, len(want)), want, 2e-7)
		for i, update := range stored.Updates {
			if got := momentum.At(update.Epoch); math.Abs(got-update.Coefficient) > 2e-7 {
				t.Errorf("update %d in epoch %d: got %v, want %v", i, update.Epoch, got, update.Coefficient)
			}
		}
	})
}

// values returns the first n values of a schedule.
func values(s Schedule, n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = s.At(i)
	}
	return out
}

func float64s(t *testing.T, f *weights.File, name string) []float64 {
	t.Helper()
	tensor, err := f.Tensor(name)
	if err != nil {
		t.Fatal(err)
	}
	out, err := tensor.Float64s()
	if err != nil {
		t.Fatal(err)
	}
	return out
}
