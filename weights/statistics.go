package weights

import "math"

// Statistics describe the elements of a tensor. Minimum, maximum, mean and
// standard deviation are those of the finite elements; they are zero where there
// are none.
type Statistics struct {
	Min, Max  float64
	Mean, Std float64 // Std is the root of the biased variance
	NonFinite int     // elements that are NaN or infinite
}

// Summarize computes the statistics of a tensor of any type, in float64.
func Summarize(t Tensor) (Statistics, error) {
	values, err := t.numbers()
	if err != nil {
		return Statistics{}, err
	}
	var s Statistics
	n, squares := 0.0, 0.0
	for _, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			s.NonFinite++
			continue
		}
		if n == 0 {
			s.Min, s.Max = v, v
		}
		s.Min, s.Max = min(s.Min, v), max(s.Max, v)
		n++
		step := v - s.Mean // Welford's update keeps the precision that a difference of large sums would lose
		s.Mean += step / n
		squares += step * (v - s.Mean)
	}
	if n > 0 {
		s.Std = math.Sqrt(squares / n)
	}
	return s, nil
}

// Difference is how two tensors of one shape differ.
type Difference struct {
	Elements int     // that are not equal
	MaxAbs   float64 // the largest |a − b|; infinite where one is NaN or infinite and the other is not the same
	MaxRel   float64 // MaxAbs over the largest finite |a|; 0 where MaxAbs is
}

// Compare compares two tensors of the same shape and of any types, in float64.
// Equal infinities and two NaN are equal.
func Compare(a, b Tensor) (Difference, error) {
	left, err := a.numbers()
	if err != nil {
		return Difference{}, err
	}
	right, err := b.numbers()
	if err != nil {
		return Difference{}, err
	}
	var d Difference
	scale := 0.0
	for i, x := range left {
		y := right[i]
		if !math.IsInf(x, 0) && !math.IsNaN(x) {
			scale = max(scale, math.Abs(x))
		}
		if x == y || (math.IsNaN(x) && math.IsNaN(y)) {
			continue
		}
		d.Elements++
		if gap := math.Abs(x - y); gap > d.MaxAbs {
			d.MaxAbs = gap
		} else if math.IsNaN(gap) {
			d.MaxAbs = math.Inf(1)
		}
	}
	if d.MaxAbs > 0 {
		d.MaxRel = d.MaxAbs / scale
	}
	return d, nil
}

// numbers are the elements of a tensor of any type.
func (t Tensor) numbers() ([]float64, error) {
	switch t.DType {
	case F64, F32, F16, BF16:
		return t.Float64s()
	}
	integers, err := t.Int64s()
	if err != nil {
		return nil, err
	}
	out := make([]float64, len(integers))
	for i, v := range integers {
		out[i] = float64(v)
	}
	return out, nil
}
