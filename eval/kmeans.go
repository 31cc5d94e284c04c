package eval

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// KMeans partitions rows into K clusters by Lloyd's algorithm from the
// k-means++ start (Arthur & Vassilvitskii, "k-means++: The Advantages of Careful
// Seeding", 2007). It minimises the inertia Σᵢ ‖xᵢ − centre of its cluster‖².
// Rows are taken as they are; of L2-normalised rows it clusters directions. The
// result depends on the seed, and not on the number of workers.
type KMeans struct {
	K       int
	Seed    uint64
	Steps   int // at most; it stops when no row changes its cluster
	Workers int // goroutines; 0 means one a core
}

// DefaultKMeans has enough steps to converge on most data.
func DefaultKMeans(k int) KMeans { return KMeans{K: k, Steps: 100} }

// Clusters is what KMeans finds. Clusters are numbered by decreasing size.
type Clusters struct {
	Centers     Matrix  `json:"-"` // [K, columns]
	Assignments []int   `json:"-"` // [rows], the cluster of each
	Sizes       []int   `json:"sizes"`
	Inertia     float64 `json:"inertia"`
	Steps       int     `json:"steps"`
	// Converged is false when the steps ran out first.
	Converged bool `json:"converged"`
}

// Fit partitions the rows of m. It fails on features that are non-finite, on
// fewer different rows than clusters, and when ctx is done. Memory beyond the
// features is about 40 bytes a row and 12 bytes an entry of the centres.
func (k KMeans) Fit(ctx context.Context, m Matrix) (Clusters, error) {
	if err := m.check("k-means"); err != nil {
		return Clusters{}, err
	}
	if k.K < 1 || k.K > m.Rows {
		return Clusters{}, fmt.Errorf("eval: k-means: %d clusters of %d rows: must be from 1 to the number of rows",
			k.K, m.Rows)
	}
	if k.Steps < 1 {
		return Clusters{}, fmt.Errorf("eval: k-means: at most %d steps: must be at least 1; 100 is usual", k.Steps)
	}
	centers, err := k.start(ctx, m)
	if err != nil {
		return Clusters{}, err
	}
	c := Clusters{Centers: centers, Assignments: make([]int, m.Rows)}
	distances := make([]float64, m.Rows)
	for {
		changed, err := k.assign(ctx, m, &c, distances)
		if err != nil {
			return Clusters{}, fmt.Errorf("eval: k-means: %w", err)
		}
		c.Converged = c.Steps > 0 && changed == 0
		if c.Converged || c.Steps == k.Steps {
			break
		}
		if err := k.update(ctx, m, &c, distances); err != nil {
			return Clusters{}, fmt.Errorf("eval: k-means: %w", err)
		}
		c.Steps++
	}
	c.Inertia = total(distances)
	c.sortBySize()
	return c, nil
}

// start draws the first centre evenly from the rows, and each next one with a
// probability in proportion to its squared distance to the nearest centre.
func (k KMeans) start(ctx context.Context, m Matrix) (Matrix, error) {
	rng := rand.New(rand.NewPCG(k.Seed, 0x6b2d6d65616e73))
	centers := NewMatrix(k.K, m.Cols)
	copy(centers.Row(0), m.Row(rng.IntN(m.Rows)))
	distances := make([]float64, m.Rows)
	for i := range distances {
		distances[i] = math.Inf(1)
	}
	const chunk = 1024
	for c := 1; c < k.K; c++ {
		last := centers.Row(c - 1)
		err := parallel(ctx, k.Workers, (m.Rows+chunk-1)/chunk, func() func(int) {
			return func(task int) {
				for i := task * chunk; i < min((task+1)*chunk, m.Rows); i++ {
					distances[i] = min(distances[i], squaredEuclidean(m.Row(i), last))
				}
			}
		})
		if err != nil {
			return Matrix{}, fmt.Errorf("eval: k-means: %w", err)
		}
		chosen, ok := draw(rng, distances)
		if !ok {
			return Matrix{}, fmt.Errorf("eval: k-means: %d clusters, but only %d different rows", k.K, c)
		}
		copy(centers.Row(c), m.Row(chosen))
	}
	return centers, nil
}

// draw returns an index with a probability in proportion to its weight, and
// false if all weights are zero.
func draw(rng *rand.Rand, weights []float64) (int, bool) {
	left := rng.Float64() * total(weights)
	chosen := -1
	for i, w := range weights {
		if w > 0 {
			chosen = i
			if left -= w; left < 0 {
				break
			}
		}
	}
	return chosen, chosen >= 0
}

// update moves every centre to the mean of its rows. A cluster without rows gets
// the row that is farthest from its centre, and that of which no other took.
func (k KMeans) update(ctx context.Context, m Matrix, c *Clusters, distances []float64) error {
	members := c.members()
	for cluster := range members {
		if len(members[cluster]) == 0 {
			far := 0
			for i, d := range distances {
				if d > distances[far] {
					far = i
				}
			}
			distances[far] = 0
			members[cluster] = []int{far}
		}
	}
	return parallel(ctx, k.Workers, k.K, func() func(int) {
		sum := make([]float64, m.Cols)
		return func(cluster int) {
			clear(sum)
			for _, i := range members[cluster] {
				for j, v := range m.Row(i) {
					sum[j] += float64(v)
				}
			}
			for j, v := range sum {
				c.Centers.Row(cluster)[j] = float32(v / float64(len(members[cluster])))
			}
		}
	})
}

// members lists the rows of every cluster, in order.
func (c Clusters) members() [][]int {
	members := make([][]int, c.Centers.Rows)
	for i, cluster := range c.Assignments {
		members[cluster] = append(members[cluster], i)
	}
	return members
}

// sortBySize renumbers the clusters, the largest first, equal ones in order of
// their first row.
func (c *Clusters) sortBySize() {
	members := c.members()
	order := make([]int, len(members))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		if d := len(members[b]) - len(members[a]); d != 0 || len(members[a]) == 0 {
			return d
		}
		return members[a][0] - members[b][0]
	})
	centers := NewMatrix(c.Centers.Rows, c.Centers.Cols)
	c.Sizes = make([]int, len(order))
	for now, before := range order {
		copy(centers.Row(now), c.Centers.Row(before))
		c.Sizes[now] = len(members[before])
		for _, i := range members[before] {
			c.Assignments[i] = now
		}
	}
	c.Centers = centers
}

// Representatives returns, for every cluster, the n rows nearest to its centre,
// nearest first: typical members of the cluster. m is what the
// clusters were fitted on.
func (c Clusters) Representatives(m Matrix, n int) [][]int {
	representatives := make([][]int, c.Centers.Rows)
	for cluster, rows := range c.members() {
		var best nearest
		best.reset(max(n, 1))
		for _, i := range rows {
			best.add(i, -squaredEuclidean(m.Row(i), c.Centers.Row(cluster)))
		}
		for _, near := range best.sorted()[:min(n, len(rows))] {
			representatives[cluster] = append(representatives[cluster], near.Row)
		}
	}
	return representatives
}
