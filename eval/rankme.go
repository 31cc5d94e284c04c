package eval

import (
	"context"
	"fmt"
	"math"
)

// RankMe estimates how many dimensions features use, without labels (Garrido
// et al., "RankMe: Assessing the Downstream Performance of Pretrained
// Self-Supervised Representations by Their Rank", 2023): with the singular
// values σ of the features, not centred,
//
//	pᵢ = σᵢ/Σσ + Epsilon,  RankMe = exp(−Σ pᵢ·ln pᵢ)
//
// where p is not normalised again. It lies, but for Epsilon, between 1 (all
// features on one line: collapse) and min(rows, columns). Compare it between
// networks of one width only.
type RankMe struct {
	// Epsilon is 1e-7 in the paper and 1e-5 in stable-pretraining.
	Epsilon float64
}

// DefaultRankMe has the paper's epsilon.
func DefaultRankMe() RankMe { return RankMe{Epsilon: 1e-7} }

// RankMeScore is what RankMe finds.
type RankMeScore struct {
	RankMe         float64   `json:"rankme"`
	Most           int       `json:"most"` // the largest value possible, min(rows, columns)
	SingularValues []float64 `json:"-"`    // [Most], the largest first
}

// Score computes RankMe of features [rows, columns]. It fails on features that
// are empty, non-finite or all zero, and when ctx is done.
func (r RankMe) Score(ctx context.Context, m Matrix) (RankMeScore, error) {
	if err := m.check("RankMe's"); err != nil {
		return RankMeScore{}, err
	}
	if !(r.Epsilon >= 0) || r.Epsilon > 1 {
		return RankMeScore{}, fmt.Errorf("eval: RankMe: epsilon is %v: must be between 0 and 1; 1e-7 is usual",
			r.Epsilon)
	}
	values, err := singularValues(ctx, m, nil)
	if err != nil {
		return RankMeScore{}, err
	}
	sum := total(values)
	if sum == 0 {
		return RankMeScore{}, fmt.Errorf("eval: RankMe: all %d features are zero: they have no rank", m.Rows)
	}
	p := make([]float64, len(values))
	for i, v := range values {
		p[i] = v/sum + r.Epsilon
	}
	return RankMeScore{RankMe: math.Exp(entropy(p)), Most: len(values), SingularValues: values}, nil
}
