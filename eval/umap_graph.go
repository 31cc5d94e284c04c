package eval

import (
	"cmp"
	"context"
	"math"
	"slices"
)

// edge ties a row to another, with a weight from 0 to 1.
type edge struct {
	row    int32
	weight float64
}

// graph returns the edges of every row of unit vectors, in order of the other end: the fuzzy union
// of the neighbourhoods of both ends. An edge has the same weight seen from both.
func (u UMAP) graph(ctx context.Context, unit Matrix) ([][]edge, error) {
	near, err := u.neighbours(ctx, unit)
	if err != nil {
		return nil, err
	}
	memberships(near, u.Neighbours)
	both := make([][]edge, unit.Rows)
	for i, edges := range near {
		for _, e := range edges {
			both[i] = append(both[i], e)
			both[e.row] = append(both[e.row], edge{int32(i), e.weight})
		}
	}
	largest := 0.0
	for i, edges := range both {
		both[i] = union(edges)
		for _, e := range both[i] {
			largest = max(largest, e.weight)
		}
	}
	for i, edges := range both { // those that no epoch would come to
		both[i] = slices.DeleteFunc(edges, func(e edge) bool { return e.weight < largest/float64(u.Epochs) })
	}
	return both, nil
}

// neighbours returns for every row its nearest others, nearest first, with the cosine distance in
// place of the weight.
func (u UMAP) neighbours(ctx context.Context, unit Matrix) ([][]edge, error) {
	near := make([][]edge, unit.Rows)
	if unit.Rows == 1 {
		return near, nil
	}
	s := neighbourSearch{
		sweep: cosineSweep(unit, unit), k: min(u.Neighbours, unit.Rows) - 1,
		skip: func(row, query int) bool { return row == query },
	}
	err := s.run(ctx, u.Workers, func() func(int, []Neighbour) {
		return func(query int, found []Neighbour) {
			edges := make([]edge, len(found))
			for i, n := range found {
				edges[i] = edge{int32(n.Row), max(0, 1-n.Score)}
			}
			near[query] = edges
		}
	})
	return near, err
}

// memberships turns the distances of a row's neighbours into weights, exp(−(d − ρ)/σ), where ρ is
// the distance to the nearest that is not equal, and σ such that the weights add up to log₂ k.
func memberships(near [][]edge, k int) {
	all, count := 0.0, 0
	for _, edges := range near {
		all += distances(edges)
		count += len(edges) + 1
	}
	for _, edges := range near {
		rho := 0.0
		for _, e := range edges {
			if e.weight > 0 {
				rho = e.weight
				break
			}
		}
		least := all / float64(count) // where all neighbours are equal
		if rho > 0 {
			least = distances(edges) / float64(len(edges)+1)
		}
		sigma := max(bandwidth(edges, rho, math.Log2(float64(min(k, len(edges)+1)))), leastBandwidth*least)
		for j, e := range edges {
			edges[j].weight = membership(e.weight, rho, sigma)
		}
	}
}

// leastBandwidth bounds σ from below, as a share of the mean distance.
const leastBandwidth = 1e-3

// distances adds up the distances to neighbours.
func distances(edges []edge) float64 {
	sum := 0.0
	for _, e := range edges {
		sum += e.weight
	}
	return sum
}

// membership is the weight of a neighbour at a distance.
func membership(distance, rho, sigma float64) float64 {
	if distance <= rho || sigma == 0 {
		return 1
	}
	return math.Exp(-(distance - rho) / sigma)
}

// bandwidth finds σ by bisection.
func bandwidth(edges []edge, rho, want float64) float64 {
	low, high, sigma := 0.0, math.Inf(1), 1.0
	for range 64 {
		sum := 0.0
		for _, e := range edges {
			sum += membership(e.weight, rho, sigma)
		}
		switch {
		case math.Abs(sum-want) < 1e-5:
			return sigma
		case sum > want:
			high = sigma
		default:
			low = sigma
		}
		if math.IsInf(high, 1) {
			sigma *= 2
		} else {
			sigma = (low + high) / 2
		}
	}
	return sigma
}

// union joins edges to the same row, of which each end has given at most one: a + b − ab.
func union(edges []edge) []edge {
	slices.SortFunc(edges, func(a, b edge) int {
		return cmp.Or(cmp.Compare(a.row, b.row), cmp.Compare(a.weight, b.weight)) // both ends add alike
	})
	joined := edges[:0]
	for _, e := range edges {
		if last := len(joined) - 1; last >= 0 && joined[last].row == e.row {
			joined[last].weight += e.weight - joined[last].weight*e.weight
		} else {
			joined = append(joined, e)
		}
	}
	return joined
}
