package eval

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
)

// UMAP lays rows out in a plane so that rows with similar directions lie together (McInnes, Healy &
// Melville, "UMAP: Uniform Manifold Approximation and Projection for Dimension Reduction", 2018).
// It weights the graph of the nearest neighbours by cosine distance, and moves points from their
// places in [PCAPlane]: neighbours attract, rows drawn at random repel.
//
// Which points lie together can be read off the plane. Distances between groups, and how large or
// dense a group is, mean little.
//
// A step moves every point with the others where the step before left them, so that the result
// depends on the seed, and not on the number of workers. The settings that are not fields are the
// defaults of umap-learn: minimum distance 0.1, spread 1, learning rate 1, five repelling rows for
// each attracting one.
type UMAP struct {
	Neighbours int // that a row is tied to, itself among them; at most the number of rows is taken
	Epochs     int // 0 means 500 for up to 10,000 rows and 200 for more
	Seed       uint64
	Workers    int // goroutines; 0 means one a core
	// Start has the places from which the rows set out, [rows, 2], on the scale of what Fit
	// returns; empty means those of [PCAPlane], stretched to it. Rows that set out from where they
	// were for other features stay there as far as their neighbours do.
	Start Matrix
	// Progress, unless nil, is called before the first epoch and after each. The places belong to
	// UMAP and hold only during the call.
	Progress func(epoch, epochs int, places Matrix)
}

// DefaultUMAP has the settings that umap-learn takes by default.
func DefaultUMAP() UMAP { return UMAP{Neighbours: 15} }

// Fit returns the places of the rows of m, [rows, 2]. Memory beyond the features is theirs again
// and about 500 bytes a row; time grows with the square of the rows. It fails on features that are
// not finite, and when ctx is done.
func (u UMAP) Fit(ctx context.Context, m Matrix) (Matrix, error) {
	if err := m.check("UMAP's"); err != nil {
		return Matrix{}, err
	}
	if u.Neighbours < 2 {
		return Matrix{}, fmt.Errorf("eval: UMAP: %d neighbours: must be at least 2, a row and another; 15 is usual",
			u.Neighbours)
	}
	if u.Epochs < 0 {
		return Matrix{}, fmt.Errorf("eval: UMAP: %d epochs: must be at least 1, or 0 for the usual number", u.Epochs)
	}
	if u.Epochs == 0 {
		u.Epochs = 500
		if m.Rows > 10_000 {
			u.Epochs = 200
		}
	}
	unit := m.Normalized()
	start, err := u.startingPlane(ctx, unit)
	if err != nil {
		return Matrix{}, err
	}
	graph, err := u.graph(ctx, unit)
	if err != nil {
		return Matrix{}, fmt.Errorf("eval: UMAP: %w", err)
	}
	places, err := u.layout(ctx, graph, u.start(start))
	if err != nil {
		return Matrix{}, fmt.Errorf("eval: UMAP: %w", err)
	}
	return places, nil
}

// startingPlane are the places at the beginning, before they are stretched.
func (u UMAP) startingPlane(ctx context.Context, unit Matrix) (Matrix, error) {
	if u.Start.Rows == 0 {
		return PCAPlane(ctx, unit)
	}
	if u.Start.Rows != unit.Rows || u.Start.Cols != 2 {
		return Matrix{}, fmt.Errorf("eval: UMAP: starting places are [%d, %d] for %d rows: must be [%d, 2]",
			u.Start.Rows,
			u.Start.Cols, unit.Rows, unit.Rows)
	}
	return u.Start, u.Start.check("UMAP's starting")
}

// startWidth is how wide and high the points lie at the beginning, and jitter the standard
// deviation of what takes equal ones apart.
const (
	startWidth = 10
	jitter     = 1e-4
)

// start stretches coordinates, [rows, 2], to the width that forces are made for, where they are not
// on that scale already.
func (u UMAP) start(plane Matrix) []point {
	rng := rand.New(rand.NewPCG(u.Seed, 0x756d6170))
	points := make([]point, plane.Rows)
	for axis := range 2 {
		low, high := math.Inf(1), math.Inf(-1)
		for i := range points {
			v := float64(plane.Row(i)[axis])
			low, high = min(low, v), max(high, v)
		}
		scale := 0.0
		if high > low {
			scale = startWidth / (high - low)
		}
		if u.Start.Rows > 0 {
			low, scale = 0, 1
		}
		for i := range points {
			points[i][axis] = (float64(plane.Row(i)[axis])-low)*scale + jitter*rng.NormFloat64()
		}
	}
	return points
}

// PCAPlane returns the coordinates of rows along the two directions in which they vary most, [rows,
// 2]. A direction in which they do not vary, as where all are equal, has zeros. It fails on
// non-finite features, and when ctx is done.
func PCAPlane(ctx context.Context, m Matrix) (Matrix, error) {
	if err := m.check("PCA's"); err != nil {
		return Matrix{}, err
	}
	plane := NewMatrix(m.Rows, 2)
	for components := min(2, m.Cols, m.Rows-1); components > 0; components-- {
		pca, err := FitPCA(ctx, m, components)
		if ctx.Err() != nil {
			return Matrix{}, err
		}
		if err != nil {
			continue // they vary in fewer directions
		}
		coordinates, err := pca.Transform(m)
		if err != nil {
			return Matrix{}, err
		}
		for i := range m.Rows {
			copy(plane.Row(i), coordinates.Row(i))
		}
		break
	}
	return plane, nil
}
