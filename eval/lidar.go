package eval

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// LiDAR estimates how many dimensions features use to tell images apart
// (Thilak et al., "LiDAR: Sensing Linear Probing Performance in Joint Embedding
// SSL Architectures", 2024). It is the effective rank of the linear discriminant
// of a surrogate task in which the views of one image are a class: with the
// scatter B between and W within the images,
//
//	λ = eigenvalues of W^(−½)·B·W^(−½),  pᵢ = (λᵢ + Epsilon)/Σ(λ + Epsilon)
//	LiDAR = exp(−Σ pᵢ·ln pᵢ)
//
// The layout decides everything: row g·SamplesPerClass + j must be view j of
// image g. Views that a network got view by view, all images of view 0 first,
// go through [GroupViews].
type LiDAR struct {
	// Classes is the most images used; surplus rows are ignored.
	Classes int
	// SamplesPerClass is the number of views of each image.
	SamplesPerClass int
	// Delta is added to W's diagonal, so that it can be inverted.
	Delta float64
	// Epsilon bounds W's eigenvalues from below and is added to λ.
	Epsilon float64
}

// DefaultLiDAR has the settings of stable-pretraining.
func DefaultLiDAR() LiDAR {
	return LiDAR{Classes: 100, SamplesPerClass: 10, Delta: 1e-4, Epsilon: 1e-8}
}

// LiDARScore is what LiDAR finds.
type LiDARScore struct {
	LiDAR         float64 `json:"lidar"`
	Entropy       float64 `json:"entropy"`        // ln LiDAR
	TopEigenvalue float64 `json:"top_eigenvalue"` // largest λ
	Groups        int     `json:"groups"`         // images used
}

// GroupViews reorders features that lie view by view, row v·n + g for view v of
// image g, to the layout that [LiDAR] wants, row g·views + v. It fails if the
// rows are no multiple of views.
func GroupViews(m Matrix, views int) (Matrix, error) {
	if views < 1 || m.Rows%views != 0 {
		return Matrix{}, fmt.Errorf("eval: %d rows cannot be %d views of some images", m.Rows, views)
	}
	images := m.Rows / views
	grouped := NewMatrix(m.Rows, m.Cols)
	for v := range views {
		for g := range images {
			copy(grouped.Row(g*views+v), m.Row(v*images+g))
		}
	}
	return grouped, nil
}

// Score computes LiDAR of grouped features. It fails on features that are empty
// or non-finite, on fewer than two groups, on groups of one, and when ctx is done.
func (l LiDAR) Score(ctx context.Context, m Matrix) (LiDARScore, error) {
	if err := m.check("LiDAR's"); err != nil {
		return LiDARScore{}, err
	}
	if err := l.check(); err != nil {
		return LiDARScore{}, err
	}
	groups := min(l.Classes, m.Rows/l.SamplesPerClass)
	if groups < 2 {
		return LiDARScore{}, fmt.Errorf("eval: LiDAR: %d rows in groups of %d make %d: need at least two groups",
			m.Rows, l.SamplesPerClass, groups)
	}
	between, within := l.deviations(m, groups)
	root, err := l.inverseRoot(ctx, within, groups)
	if err != nil {
		return LiDARScore{}, err
	}
	// The eigenvalues of W^(−½)·B·W^(−½) are those of Y·Yᵀ, [groups, groups],
	// where Y = between·W^(−½), and zeros.
	var y mat.Dense
	y.Mul(between, root)
	var product mat.SymDense
	if groups < m.Cols {
		product.SymOuterK(1, &y)
	} else {
		product.SymOuterK(1, y.T())
	}
	found, _, err := eigen(ctx, &product, false)
	if err != nil {
		return LiDARScore{}, err
	}
	return l.score(found, m.Cols, groups), nil
}

// score returns the score for the found eigenvalues, all others up to cols
// being zero.
func (l LiDAR) score(found []float64, cols, groups int) LiDARScore {
	p := make([]float64, cols)
	for i := range p {
		p[i] = l.Epsilon
		if i < len(found) {
			p[i] += max(found[i], 0)
		}
	}
	sum := total(p)
	for i := range p {
		p[i] /= sum
	}
	h := entropy(p)
	return LiDARScore{LiDAR: math.Exp(h), Entropy: h, TopEigenvalue: max(found[0], 0), Groups: groups}
}

// deviations returns the deviations of the group means from their mean, divided
// by √(groups−1), as rows [groups, Cols], and the scatter of the rows about
// their group's mean, [Cols, Cols].
func (l LiDAR) deviations(m Matrix, groups int) (between *mat.Dense, within *mat.SymDense) {
	q := l.SamplesPerClass
	between = mat.NewDense(groups, m.Cols, nil)
	mean := make([]float64, m.Cols) // of the group means
	residual := NewMatrix(groups*q, m.Cols)
	for g := range groups {
		group := Matrix{Rows: q, Cols: m.Cols, Data: m.Data[g*q*m.Cols : (g+1)*q*m.Cols]}
		center := columnMeans(group)
		between.SetRow(g, center)
		for j, v := range center {
			mean[j] += v / float64(groups)
		}
		for i := range q {
			out := residual.Row(g*q + i)
			for j, v := range group.Row(i) {
				out[j] = float32(float64(v) - center[j])
			}
		}
	}
	scale := 1 / math.Sqrt(float64(groups-1))
	between.Apply(func(_, j int, v float64) float64 { return (v - mean[j]) * scale }, between)
	return between, scatter(residual, nil)
}

// inverseRoot returns W^(−½) for the scatter within groups.
func (l LiDAR) inverseRoot(ctx context.Context, within *mat.SymDense, groups int) (*mat.Dense, error) {
	n := within.SymmetricDim()
	within.ScaleSym(1/float64(groups*(l.SamplesPerClass-1)), within)
	for i := range n {
		within.SetSym(i, i, within.At(i, i)+l.Delta)
	}
	values, vectors, err := eigen(ctx, within, true)
	if err != nil {
		return nil, err
	}
	scaled := mat.DenseCopyOf(vectors)
	scaled.Apply(func(i, _ int, v float64) float64 { return v / math.Sqrt(max(values[i], l.Epsilon)) }, scaled)
	var root mat.Dense
	root.Mul(vectors.T(), scaled)
	return &root, nil
}

func (l LiDAR) check() error {
	switch {
	case l.Classes < 2:
		return fmt.Errorf("eval: LiDAR: number of groups is %d: must be at least 2", l.Classes)
	case l.SamplesPerClass < 2:
		return fmt.Errorf("eval: LiDAR: %d views an image: must be at least 2, or nothing varies within an image",
			l.SamplesPerClass)
	case !(l.Delta >= 0) || math.IsInf(l.Delta, 0):
		return fmt.Errorf("eval: LiDAR: delta is %v: must not be negative; 1e-4 is usual", l.Delta)
	case !(l.Epsilon > 0) || math.IsInf(l.Epsilon, 0):
		return fmt.Errorf("eval: LiDAR: epsilon is %v: must be positive; 1e-8 is usual", l.Epsilon)
	}
	return nil
}
