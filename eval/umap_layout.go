package eval

import (
	"context"
	"math/bits"
)

// point is a place in the plane.
type point [2]float64

// The curve 1/(1 + a·d^2b) of how near two points are, fitted by umap-learn to a minimum distance
// of 0.1 and a spread of 1.
const (
	curveA = 1.5769434603113077
	curveB = 0.8950608779109733
)

const (
	repelling   = 5    // rows drawn for each attracting one
	mostMove    = 4    // along an axis, before the learning rate
	nearestZero = 1e-3 // added to squared distances where they divide
)

// layout moves points along the edges of a graph. All points move at once: each sees the others
// where the epoch before left them, and itself where its last edge left it.
func (u UMAP) layout(ctx context.Context, graph [][]edge, points []point) (Matrix, error) {
	every := samplingPeriods(graph)
	due := make([][]float64, len(graph))
	for i, periods := range every {
		due[i] = append(due[i], periods...)
	}
	places, next := NewMatrix(len(points), 2), make([]point, len(points))
	table := curvePowers()
	const chunk = 256
	for epoch := 0; ; epoch++ {
		if u.Progress != nil || epoch == u.Epochs {
			for i, p := range points {
				places.Row(i)[0], places.Row(i)[1] = float32(p[0]), float32(p[1])
			}
		}
		if u.Progress != nil {
			u.Progress(epoch, u.Epochs, places)
		}
		if epoch == u.Epochs {
			return places, nil
		}
		rate := 1 - float64(epoch)/float64(u.Epochs)
		err := parallel(ctx, u.Workers, (len(points)+chunk-1)/chunk, func() func(int) {
			return func(task int) {
				for i := task * chunk; i < min((task+1)*chunk, len(points)); i++ {
					m := mover{
						points: points, rate: rate, random: mixed(u.Seed ^ mixed(uint64(epoch)<<32|uint64(i))),
						powers: table,
					}
					next[i] = m.move(i, graph[i], every[i], due[i], float64(epoch))
				}
			}
		})
		if err != nil {
			return Matrix{}, err
		}
		points, next = next, points
	}
}

// samplingPeriods returns after how many epochs each edge is taken again: 1 for the heaviest.
func samplingPeriods(graph [][]edge) [][]float64 {
	largest := 0.0
	for _, edges := range graph {
		for _, e := range edges {
			largest = max(largest, e.weight)
		}
	}
	periods := make([][]float64, len(graph))
	for i, edges := range graph {
		for _, e := range edges {
			periods[i] = append(periods[i], largest/e.weight)
		}
	}
	return periods
}

// mover moves one point in one epoch.
type mover struct {
	points []point
	rate   float64
	random uint64
	powers *powers
}

// move returns where point i goes. An edge belongs to both of its ends and is taken from both, so
// that it attracts twice.
func (m *mover) move(i int, edges []edge, every, due []float64, epoch float64) point {
	at := m.points[i]
	for j, e := range edges {
		if due[j] > epoch {
			continue
		}
		due[j] += every[j]
		m.attract(&at, m.points[e.row])
		m.attract(&at, m.points[e.row])
		for range repelling {
			if other := m.draw(); other != i {
				m.repel(&at, m.points[other])
			}
		}
	}
	return at
}

// draw returns a row.
func (m *mover) draw() int {
	m.random += 0x9e3779b97f4a7c15
	row, _ := bits.Mul64(mixed(m.random), uint64(len(m.points)))
	return int(row)
}

// mixed spreads the bits of x (the finaliser of SplitMix64).
func mixed(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// attract moves at towards other.
func (m *mover) attract(at *point, other point) {
	x, y := at[0]-other[0], at[1]-other[1]
	squared := x*x + y*y
	if squared == 0 {
		return
	}
	power := m.powers.of(squared)
	m.shift(at, x, y, -2*curveA*curveB*power/squared/(1+curveA*power))
}

// repel moves at away from other.
func (m *mover) repel(at *point, other point) {
	x, y := at[0]-other[0], at[1]-other[1]
	squared := x*x + y*y
	if squared == 0 {
		return
	}
	power := m.powers.of(squared)
	m.shift(at, x, y, 2*curveB/((nearestZero+squared)*(1+curveA*power)))
}

func (m *mover) shift(at *point, x, y, force float64) {
	at[0] += m.rate * min(max(force*x, -mostMove), mostMove)
	at[1] += m.rate * min(max(force*y, -mostMove), mostMove)
}
