package eval

import (
	"context"
	"math"
)

// EffectiveRank returns the effective rank of the features about their mean
// (Roy & Vetterli, "The effective rank: a measure of effective dimensionality",
// 2007): exp of the entropy of the singular values σ of the centred features,
//
//	pᵢ = σᵢ/Σσ,  erank = exp(−Σ pᵢ·ln pᵢ)
//
// Unlike [RankMe] it does not count the common offset of all features, and it
// is 0 when that offset is all there is: complete collapse. It fails on features
// that are empty or non-finite, and when ctx is done.
func EffectiveRank(ctx context.Context, m Matrix) (float64, error) {
	if err := m.check("effective rank's"); err != nil {
		return 0, err
	}
	mean := columnMeans(m)
	values, err := singularValues(ctx, m, mean)
	if err != nil {
		return 0, err
	}
	// Centring equal rows leaves rounding noise, which has an arbitrary rank.
	offset := 0.0
	for _, v := range mean {
		offset += v * v
	}
	noise := 1e-7 * math.Sqrt(offset*float64(m.Rows))
	for i, v := range values {
		if v <= noise {
			values[i] = 0
		}
	}
	sum := total(values)
	if sum == 0 {
		return 0, nil
	}
	for i := range values {
		values[i] /= sum
	}
	return math.Exp(entropy(values)), nil
}
