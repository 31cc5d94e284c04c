package schedule

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// TestReferenceRows checks single values that were computed from the reference
// implementations, or read from their logs; want is given to its last digit.
func TestReferenceRows(t *testing.T) {
	const n, epochs = 2502, 100 // ImageNet at batch 512
	lr := Cosine{Base: 1e-3, Final: 1e-6, Warmup: 10 * n, Total: epochs * n}
	decay := Cosine{Base: 0.04, Final: 0.4, Total: epochs * n}
	momentum := Cosine{Base: 0.996, Final: 1, Total: epochs * n}
	seedRate := WarmupCosine{Base: 5e-4, StartFactor: 0.01, Peak: 146, Total: 14600}
	ema := EMACosine{Base: 0.996, Final: 1, Epochs: 200}
	seedTemp := TemperatureSeed{First: 0.04, Final: 0.07, Warmup: 10}
	officialTemp := TemperatureOfficial{First: 0.04, Final: 0.07, Warmup: 30}
	tests := []struct {
		name     string
		schedule Schedule
		index    int
		want     float64
		digit    float64 // value of the last digit of want
	}{
		{"official lr", lr, 0, 0, 0},
		{"official lr", lr, 1, 3.99696e-8, 1e-13},
		{"official lr", lr, 2502, 1.00004e-4, 1e-9},
		{"official lr", lr, 25019, 1e-3, 1e-15},
		{"official lr", lr, 25020, 1e-3, 1e-15},
		{"official lr", lr, 125100, 5.87237265e-4, 1e-12},
		{"official lr", lr, 250199, 1.00000005e-6, 1e-14},
		{"official lr, logged", lr, 2240, 0.000089, 1e-6},
		{"official weight decay", decay, 0, 0.04, 1e-15},
		{"official weight decay", decay, 2502, 0.04008882, 1e-8},
		{"official weight decay", decay, 125100, 0.22, 1e-15},
		{"official weight decay", decay, 250199, 0.4, 1e-9},
		{"official weight decay, logged", decay, 2240, 0.040071, 1e-6},
		{"official momentum", momentum, 0, 0.996, 1e-15},
		{"official momentum", momentum, 2502, 0.99600099, 1e-8},
		{"official momentum", momentum, 125100, 0.998, 1e-15},
		{"official momentum", momentum, 250199, 1, 1e-9},
		{"seed lr", seedRate, 0, 5.0e-6, 1e-17},
		{"seed lr", seedRate, 1, 8.390411e-6, 1e-12},
		{"seed lr", seedRate, 73, 2.525e-4, 1e-15},
		{"seed lr", seedRate, 145, 4.966096e-4, 1e-10},
		{"seed lr", seedRate, 146, 5e-4, 1e-15},
		{"seed lr", seedRate, 7373, 2.5e-4, 1e-15},
		{"seed lr", seedRate, 14599, 5.905187e-12, 1e-18},
		{"seed momentum", ema, 0, 0.996, 1e-7},
		{"seed momentum", ema, 1, 0.996000247, 6e-8},
		{"seed momentum", ema, 10, 0.996024623, 6e-8},
		{"seed momentum", ema, 50, 0.996585786, 6e-8},
		{"seed momentum", ema, 100, 0.998, 6e-8},
		{"seed momentum", ema, 150, 0.999414214, 6e-8},
		{"seed momentum", ema, 198, 0.999999013, 6e-8},
		{"seed momentum", ema, 199, 0.999999753, 6e-8},
		{"seed temperature", seedTemp, 0, 0.040, 1e-15},
		{"seed temperature", seedTemp, 1, 0.043, 1e-15},
		{"seed temperature", seedTemp, 9, 0.067, 1e-15},
		{"seed temperature", seedTemp, 10, 0.07, 0},
		{"seed temperature", seedTemp, 199, 0.07, 0},
		{"official temperature", officialTemp, 0, 0.04, 0},
		{"official temperature", officialTemp, 1, 0.04103448, 1e-8},
		{"official temperature", officialTemp, 14, 0.05448276, 1e-8},
		{"official temperature", officialTemp, 28, 0.06896552, 1e-8},
		{"official temperature", officialTemp, 29, 0.07, 0},
		{"official temperature", officialTemp, 99, 0.07, 0},
	}
	for _, test := range tests {
		if got := test.schedule.At(test.index); math.Abs(got-test.want) > test.digit {
			t.Errorf("%s at %d: got %.12g, want %.12g", test.name, test.index, got, test.want)
		}
	}
}

// TestEMANeverReachesFinal: in the last epoch the seed's teacher still moves.
func TestEMANeverReachesFinal(t *testing.T) {
	if got := (EMACosine{Base: 0.996, Final: 1, Epochs: 200}).At(199); got >= 1 {
		t.Errorf("got %v, want less than 1", got)
	}
}

// TestEMAIsFloat32 pins the type in which the wrapper keeps its coefficient.
func TestEMAIsFloat32(t *testing.T) {
	if got := (EMACosine{Base: 0.996, Final: 1, Epochs: 10}).At(0); got != 0.9959999918937683 {
		t.Errorf("got %.17g, want 0.9959999918937683", got)
	}
}

// cosineArray is cosine_scheduler as the reference builds it: the whole array,
// the warm-up joined to the cosine.
func cosineArray(base, final float64, total, warmup int, start float64) []float64 {
	var out []float64
	for i := range warmup {
		if warmup == 1 {
			out = append(out, start)
			continue
		}
		share := float64(i) / float64(warmup-1)
		out = append(out, start*(1-share)+base*share)
	}
	for i := range total - warmup {
		angle := math.Pi * float64(i) / float64(total-warmup)
		out = append(out, final+0.5*(base-final)*(1+math.Cos(angle)))
	}
	return out
}

// temperatureArray is the teacher temperature as the reference builds it.
func temperatureArray(first, final float64, warmup, length int) []float64 {
	return append(cosineArray(final, final, warmup, warmup, first), cosineArray(final, final, length-warmup, 0, 0)...)
}

func TestCosineEqualsArray(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		total := rapid.IntRange(1, 60).Draw(t, "total")
		warmup := rapid.IntRange(0, total).Draw(t, "warmup")
		value := rapid.Float64Range(0, 1)
		c := Cosine{value.Draw(t, "start"), value.Draw(t, "base"), value.Draw(t, "final"), warmup, total}
		requireArray(t, c, cosineArray(c.Base, c.Final, total, warmup, c.Start))
	})
}

func TestTemperatureOfficialEqualsArray(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		length := rapid.IntRange(1, 60).Draw(t, "length")
		warmup := rapid.IntRange(0, length).Draw(t, "warmup")
		value := rapid.Float64Range(0.01, 1)
		s := TemperatureOfficial{value.Draw(t, "first"), value.Draw(t, "final"), warmup}
		requireArray(t, s, temperatureArray(s.First, s.Final, warmup, length))
	})
}

// TestTemperatureSeedIsOfficialWithOneMore: the seed rises in W steps to Final
// where the official schedule takes W − 1.
func TestTemperatureSeedIsOfficialWithOneMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		warmup := rapid.IntRange(1, 60).Draw(t, "warmup")
		seed := TemperatureSeed{0.04, 0.07, warmup}
		requireArray(t, seed, temperatureArray(0.04, 0.07, warmup+1, warmup+5))
	})
}

// TestWarmupCosineSteps repeats the library's two schedulers, each advanced one
// step at a time: the rate grows by one increment a step, then follows the cosine.
func TestWarmupCosineSteps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		peak := rapid.IntRange(1, 30).Draw(t, "peak")
		total := peak + rapid.IntRange(0, 30).Draw(t, "rest")
		w := WarmupCosine{Base: 2e-3, StartFactor: 0.01, End: 1e-5, Peak: peak, Total: total}
		rate := 0.01 * w.Base
		for i := range peak {
			if got := w.At(i); math.Abs(got-rate) > 1e-15 {
				t.Fatalf("step %d: got %v, want %v", i, got, rate)
			}
			rate += 0.99 * w.Base / float64(peak)
		}
		for i, want := range cosineArray(w.Base, w.End, total-peak, 0, 0) {
			if got := w.At(peak + i); math.Abs(got-want) > 1e-15 {
				t.Fatalf("step %d: got %v, want %v", peak+i, got, want)
			}
		}
	})
}

func requireArray(t *rapid.T, s Schedule, want []float64) {
	for i, v := range want {
		if got := s.At(i); math.Abs(got-v) > 1e-14 {
			t.Fatalf("%+v at %d: got %v, want %v", s, i, got, v)
		}
	}
}
