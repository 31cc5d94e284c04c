package verdict

import (
	"math"

	"github.com/dino-go/dino/measure"
)

// history keeps of every measurement what the rules look at.
type history struct {
	size   int // of a window, in steps
	series map[string]*series
}

func newHistory(size int) history { return history{size, map[string]*series{}} }

// add takes in the measurements of a step. Non-finite values are left out.
func (h history) add(values measure.Values) {
	for name, x := range values {
		s := h.series[name]
		if s == nil {
			s = &series{recent: make([]float64, h.size)}
			h.series[name] = s
		}
		s.add(x)
	}
}

// of returns a measurement's series; one that was never measured has none.
func (h history) of(name string) *series {
	if s := h.series[name]; s != nil {
		return s
	}
	return &series{}
}

// mean is the mean of a measurement over the last window; NaN before there is a value.
func (h history) mean(name string) float64 { return h.of(name).mean() }

// last is the newest value of a measurement; NaN before there is one.
func (h history) last(name string) float64 { return h.of(name).last }

// series is what is kept of one measurement.
type series struct {
	recent []float64 // the last values, as a ring
	count  int       // of finite values so far

	first, last float64
	lowest      float64 // of the means over a full window
	highest     float64
}

func (s *series) add(x float64) {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return
	}
	if s.count == 0 {
		s.first, s.lowest, s.highest = x, math.Inf(1), math.Inf(-1)
	}
	s.recent[s.count%len(s.recent)] = x
	s.count++
	s.last = x
	if s.full() {
		mean := s.mean()
		s.lowest, s.highest = min(s.lowest, mean), max(s.highest, mean)
	}
}

func (s *series) full() bool { return s.count >= len(s.recent) && s.count > 0 }

func (s *series) mean() float64 {
	n := min(s.count, len(s.recent))
	if n == 0 {
		return math.NaN()
	}
	sum := 0.0
	for _, x := range s.recent[:n] {
		sum += x
	}
	return sum / float64(n)
}
