package layer

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
	"strings"
)

// Init fills values, the row-major elements of a new variable with the given dimensions.
type Init func(rng *rand.Rand, values []float32, dims []int)

// NewRand returns the generator for the initial values of the variable at path. The segments
// "student" and "teacher" do not count: both copies of a network draw the same values, so a teacher
// starts equal to its student.
func NewRand(seed uint64, path string) *rand.Rand {
	h := fnv.New64a()
	for _, segment := range strings.Split(path, "/") {
		if segment == "" || segment == "student" || segment == "teacher" {
			continue
		}
		h.Write([]byte(segment))
		h.Write([]byte{'/'})
	}
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}

// Constant fills with one value.
func Constant(value float32) Init {
	return func(_ *rand.Rand, values []float32, _ []int) {
		for i := range values {
			values[i] = value
		}
	}
}

// Normal draws from N(0, std²).
func Normal(std float64) Init {
	return func(rng *rand.Rand, values []float32, _ []int) {
		for i := range values {
			values[i] = float32(rng.NormFloat64() * std)
		}
	}
}

// TruncNormal draws from N(0, std²) restricted to [-2, 2], the absolute bounds of timm's and the
// official trunc_normal_.
func TruncNormal(std float64) Init {
	return func(rng *rand.Rand, values []float32, _ []int) {
		for i := range values {
			v := rng.NormFloat64() * std
			for math.Abs(v) > 2 {
				v = rng.NormFloat64() * std
			}
			values[i] = float32(v)
		}
	}
}

// FanIn draws from U(-1/√fanIn, 1/√fanIn): the default of torch.nn.Linear and torch.nn.Conv2d, for
// weights and biases.
func FanIn(fanIn int) Init {
	bound := 1 / math.Sqrt(float64(fanIn))
	return func(rng *rand.Rand, values []float32, _ []int) {
		for i := range values {
			values[i] = float32((2*rng.Float64() - 1) * bound)
		}
	}
}
