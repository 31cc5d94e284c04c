package optim

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/testkit/graphtest"
)

// slowMuon is the formula of [Muon] for one matrix, in float64.
type slowMuon struct {
	Muon
	rows, cols int
	w, b       []float64
}

// slowOrthogonal is the formula of [Orthogonal] for a matrix [rows, cols], in float64.
func slowOrthogonal(g []float64, rows, cols, iterations int) []float64 {
	at := func(x []float64, i, j int) float64 { return x[i*cols+j] }
	short, long := rows, cols
	if rows > cols {
		short, long = cols, rows
		at = func(x []float64, i, j int) float64 { return x[j*cols+i] }
	}
	norm := max(norm64(g), 1e-7)
	x := make([][]float64, short)
	for i := range x {
		for j := range long {
			x[i] = append(x[i], at(g, i, j)/norm)
		}
	}
	product := func(a [][]float64, b func(k, j int) float64, inner, width int) [][]float64 {
		out := make([][]float64, len(a))
		for i := range a {
			out[i] = make([]float64, width)
			for j := range width {
				for k := range inner {
					out[i][j] += a[i][k] * b(k, j)
				}
			}
		}
		return out
	}
	for range iterations {
		gram := product(x, func(k, j int) float64 { return x[j][k] }, long, short)
		square := product(gram, func(k, j int) float64 { return gram[k][j] }, short, short)
		for i := range gram {
			for j := range gram[i] {
				gram[i][j] = -4.7750*gram[i][j] + 2.0315*square[i][j]
			}
		}
		next := product(gram, func(k, j int) float64 { return x[k][j] }, short, long)
		for i := range next {
			for j := range next[i] {
				next[i][j] += 3.4445 * x[i][j]
			}
		}
		x = next
	}
	out := make([]float64, len(g))
	for i := range short {
		for j := range long {
			if rows > cols {
				out[j*cols+i] = x[i][j]
			} else {
				out[i*cols+j] = x[i][j]
			}
		}
	}
	return out
}

func (s *slowMuon) step(gradient []float64, lr, decay float64) {
	u := make([]float64, len(s.w))
	for i, g := range gradient {
		s.b[i] = s.Momentum*s.b[i] + (1-s.Momentum)*g
		u[i] = s.b[i]
		if s.Nesterov {
			u[i] = s.Momentum*s.b[i] + (1-s.Momentum)*g
		}
	}
	factor := 0.2 * math.Sqrt(float64(max(s.rows, s.cols)))
	if s.AdjustRate == AdjustOriginal {
		factor = math.Sqrt(math.Max(1, float64(s.rows)/float64(s.cols)))
	}
	lr *= s.RateFactor
	for i, o := range slowOrthogonal(u, s.rows, s.cols, s.Iterations) {
		s.w[i] = s.w[i]*(1-lr*decay) - lr*factor*o
	}
}

func (s *slowMuon) values() map[string][]float64 {
	return map[string][]float64{"w": s.w, "momentum": s.b}
}

func TestMuonEqualsLoops(t *testing.T) {
	rng := rand.New(rand.NewPCG(testkit.Seed(t), 0))
	for _, shape := range [][2]int{{1, 1}, {1, 6}, {5, 3}, {4, 4}, {3, 8}} {
		for _, m := range []Muon{
			DefaultMuon(),
			{Momentum: 0.5, Iterations: 2, AdjustRate: AdjustOriginal, RateFactor: 0.3},
			{Momentum: 0, Nesterov: true, Iterations: 1, AdjustRate: AdjustOriginal, RateFactor: 2},
		} {
			d := drawn(rng, 7, shape[:]...)
			slow := &slowMuon{
				Muon: m, rows: shape[0], cols: shape[1], w: graphtest.Float64s(d.Weight),
				b: make([]float64, len(d.Weight)),
			}
			requireDescent(t, m, slow, d, 3e-4)
		}
	}
}

// An orthogonal matrix times a number becomes one with singular values near 1, whatever the number
// is; zeros stay zeros.
func TestOrthogonal(t *testing.T) {
	for _, scale := range []float32{1e-3, 1, 1e4, 0} {
		q := []float32{0.6 * scale, 0.8 * scale, 0, -0.8 * scale, 0.6 * scale, 0, 0, 0, scale}
		got := graphtest.Floats(graphtest.Call(t, model.NewStore(),
			func(_ *model.Scope, in []*graph.Node) []*graph.Node {
				return []*graph.Node{Orthogonal(in[0], 5)}
			}, graphtest.Tensor(q, 3, 3))[0])
		for i, want := range []float64{0.6, 0.8, 0, -0.8, 0.6, 0, 0, 0, 1} {
			if scale == 0 {
				want = 0
			}
			if math.Abs(float64(got[i])-want) > 0.35*math.Abs(want)+1e-5 {
				t.Errorf("scale %g: [%d] is %g, want about %g", scale, i, got[i], want)
			}
		}
	}
}

func TestMuonValidate(t *testing.T) {
	if err := DefaultMuon().Validate(); err != nil {
		t.Error(err)
	}
	for want, change := range map[string]func(*Muon){
		"optim: momentum is 1: must be in [0, 1)":           func(m *Muon) { m.Momentum = 1 },
		"optim: iterations is 0: must be between 1 and 20":  func(m *Muon) { m.Iterations = 0 },
		"optim: iterations is 21: must be between 1 and 20": func(m *Muon) { m.Iterations = 21 },
		`optim: adjust_rate is "none": must be "match_rms_adamw" or "original"`: func(m *Muon) {
			m.AdjustRate = "none"
		},
		"optim: rate_factor is 0: must be positive and finite": func(m *Muon) { m.RateFactor = 0 },
		"optim: rate_factor is +Inf: must be positive and finite": func(m *Muon) {
			m.RateFactor = math.Inf(1)
		},
	} {
		m := DefaultMuon()
		change(&m)
		testkit.RequireError(t, m.Validate(), want)
	}
}

// What is no matrix is refused while the graph is built.
func TestMuonIsForMatrices(t *testing.T) {
	tr := track(t, DefaultMuon(), []float32{1, 2}, 2)
	_, err := tr.exec.Call(graphtest.Tensor([]float32{1, 1}, 2), graphtest.Tensor(make([]float32, 5), 5))
	testkit.RequireError(t, err, "Muon is for matrices")
}
