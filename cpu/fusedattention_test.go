package cpu

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/compute/support/testutil"
)

// attentionCase is an attention over random numbers.
type attentionCase struct {
	batch, heads, queries, keys, width int
	layout                             compute.AttentionAxesLayout
}

func (c attentionCase) dims(tokens int) []int {
	if c.layout == compute.AttentionAxesLayoutBSHD {
		return []int{c.batch, tokens, c.heads, c.width}
	}
	return []int{c.batch, c.heads, tokens, c.width}
}

// at is the position of a number in a tensor of the case's layout.
func (c attentionCase) at(tokens, b, h, token, i int) int {
	if c.layout == compute.AttentionAxesLayoutBSHD {
		return ((b*tokens+token)*c.heads+h)*c.width + i
	}
	return ((b*c.heads+h)*tokens+token)*c.width + i
}

// attend is the definition, in float64; a fully masked query gets zeros.
func (c attentionCase) attend(q, k, v []float64, visible func(b, h, query, key int) bool) []float64 {
	out := make([]float64, len(q))
	for b := range c.batch {
		for h := range c.heads {
			for i := range c.queries {
				weights, sum := make([]float64, c.keys), 0.0
				for j := range c.keys {
					if !visible(b, h, i, j) {
						continue
					}
					dot := 0.0
					for n := range c.width {
						dot += q[c.at(c.queries, b, h, i, n)] * k[c.at(c.keys, b, h, j, n)]
					}
					weights[j] = math.Exp(dot / math.Sqrt(float64(c.width)))
					sum += weights[j]
				}
				for j, w := range weights {
					for n := range c.width {
						if w != 0 {
							out[c.at(c.queries, b, h, i, n)] += w / sum * v[c.at(c.keys, b, h, j, n)]
						}
					}
				}
			}
		}
	}
	return out
}

// gradient is that of Σ out·d by the query, key or value whose numbers x are, by differences.
func (c attentionCase) gradient(q, k, v, d, x []float64, visible func(b, h, query, key int) bool) []float64 {
	const step = 1e-4
	loss := func() float64 {
		sum := 0.0
		for i, y := range c.attend(q, k, v, visible) {
			sum += y * d[i]
		}
		return sum
	}
	g := make([]float64, len(x))
	for i, was := range x {
		x[i] = was + step
		up := loss()
		x[i] = was - step
		g[i] = (up - loss()) / (2 * step)
		x[i] = was
	}
	return g
}

// run is the engine's attention and its gradients.
func (c attentionCase) run(t *testing.T, d dtypes.DType, q, k, v, dOut []float64, extra any,
	options func(f compute.Function, x compute.Value) *compute.ScaledDotProductAttentionConfig,
) [4][]float64 {
	t.Helper()
	b := open(t, "parallelism=1")
	var results [4][]float64
	for i := range results {
		flat := evaluate(t, b, func(f compute.Function, x []compute.Value) compute.Value {
			qx, kx := testutil.Must1(f.Reshape(x[0], c.dims(c.queries)...)),
				testutil.Must1(f.Reshape(x[1], c.dims(c.keys)...))
			vx, dx := testutil.Must1(f.Reshape(x[2], c.dims(c.keys)...)),
				testutil.Must1(f.Reshape(x[3], c.dims(c.queries)...))
			o := options(f, x[4])
			out, states, err := f.FusedScaledDotProductAttention(qx, kx, vx, c.layout, o)
			testutil.Must(err)
			dq, dk, dv, err := f.FusedScaledDotProductAttentionVJP(qx, kx, vx, c.layout, o, out, states, dx)
			testutil.Must(err)
			y := []compute.Value{out, dq, dk, dv}[i]
			n := len(q)
			if i > 1 {
				n = len(k)
			}
			return testutil.Must1(f.Reshape(y, n))
		}, flatFloats(d, q), flatFloats(d, k), flatFloats(d, v), flatFloats(d, dOut), extra)
		results[i] = floatsOf(flat)
	}
	return results
}

func (c attentionCase) check(t *testing.T, d dtypes.DType, tolerance float64, extra any,
	visible func(b, h, query, key int) bool,
	options func(f compute.Function, x compute.Value) *compute.ScaledDotProductAttentionConfig,
) {
	t.Helper()
	rng := rand.New(rand.NewPCG(5, 7))
	random := func(tokens int) []float64 {
		x := make([]float64, c.batch*c.heads*tokens*c.width)
		for i := range x {
			x[i] = formats[d].round(rng.NormFloat64())
		}
		return x
	}
	q, k, v, dOut := random(c.queries), random(c.keys), random(c.keys), random(c.queries)
	got := c.run(t, d, q, k, v, dOut, extra, options)
	want := [4][]float64{
		c.attend(q, k, v, visible), c.gradient(q, k, v, dOut, q, visible), c.gradient(q, k, v, dOut, k, visible),
		c.gradient(q, k, v, dOut, v, visible),
	}
	for i, name := range []string{"output", "query's gradient", "key's gradient", "value's gradient"} {
		for j, w := range want[i] {
			if math.IsNaN(got[i][j]) || math.Abs(got[i][j]-w) > tolerance*max(1, math.Abs(w)) {
				t.Errorf("%s %s: element %d of %s is %g, want %g", d, c.layout, j, name, got[i][j], w)
				break
			}
		}
	}
}

var attentionTolerance = map[dtypes.DType]float64{dtypes.Float32: 1e-5, dtypes.Float16: 1e-2, dtypes.BFloat16: 6e-2}

func everySee(int, int, int, int) bool { return true }

func TestAttentionAndGradientOfEveryType(t *testing.T) {
	for d, tolerance := range attentionTolerance {
		for _, layout := range []compute.AttentionAxesLayout{
			compute.AttentionAxesLayoutBSHD,
			compute.AttentionAxesLayoutBHSD,
		} {
			c := attentionCase{2, 3, 5, 4, 8, layout}
			c.check(t, d, tolerance, []float32{0}, everySee,
				func(compute.Function, compute.Value) *compute.ScaledDotProductAttentionConfig { return nil })
		}
	}
}

func TestSequenceLengths(t *testing.T) {
	lengths := []int32{3, 0}
	for d, tolerance := range attentionTolerance {
		for _, layout := range []compute.AttentionAxesLayout{
			compute.AttentionAxesLayoutBSHD,
			compute.AttentionAxesLayoutBHSD,
		} {
			for _, causal := range []bool{false, true} {
				c := attentionCase{2, 2, 5, 5, 4, layout}
				visible := func(b, _, query, key int) bool {
					return query < int(lengths[b]) && key < int(lengths[b]) && (!causal || key <= query)
				}
				c.check(t, d, tolerance, lengths, visible,
					func(_ compute.Function, x compute.Value) *compute.ScaledDotProductAttentionConfig {
						return &compute.ScaledDotProductAttentionConfig{
							QuerySeqLen: x, KeyValueSeqLen: x,
							Causal: causal,
						}
					})
			}
		}
	}
}

func TestOneSequenceLengthIsAnError(t *testing.T) {
	f := open(t, "").Builder("test").Main()
	x := testutil.Must1(f.Parameter("x", shapes.Make(dtypes.Float32, 1, 2, 2, 4), nil))
	n := testutil.Must1(f.Parameter("n", shapes.Make(dtypes.Int32, 1), nil))
	if _, _, err := f.FusedScaledDotProductAttention(x, x, x, compute.AttentionAxesLayoutBSHD,
		&compute.ScaledDotProductAttentionConfig{QuerySeqLen: n}); err == nil {
		t.Error("one sequence length without the other is accepted")
	}
}

// TestMasksFollowTheLayout has a mask of four axes, different for each head and query: in BSHD its
// axes are those of the scores there, [batch, queries, heads, keys].
func TestMasksFollowTheLayout(t *testing.T) {
	for _, layout := range []compute.AttentionAxesLayout{
		compute.AttentionAxesLayoutBSHD,
		compute.AttentionAxesLayoutBHSD,
	} {
		for _, oneHead := range []bool{false, true} {
			c := attentionCase{2, 3, 4, 5, 4, layout}
			visible := func(b, h, query, key int) bool {
				if oneHead {
					h = 0
				}
				return key == 0 || (7*b+5*h+3*query+key)%3 != 0
			}
			heads := c.heads
			if oneHead {
				heads = 1
			}
			dims := []int{c.batch, heads, c.queries, c.keys}
			if layout == compute.AttentionAxesLayoutBSHD {
				dims = []int{c.batch, c.queries, heads, c.keys}
			}
			var mask []bool
			for b := range c.batch {
				for i := range dims[1] {
					for j := range dims[2] {
						for key := range c.keys {
							h, query := i, j
							if layout == compute.AttentionAxesLayoutBSHD {
								h, query = j, i
							}
							mask = append(mask, visible(b, h, query, key))
						}
					}
				}
			}
			c.check(t, dtypes.Float32, 1e-5, mask, visible,
				func(f compute.Function, x compute.Value) *compute.ScaledDotProductAttentionConfig {
					return &compute.ScaledDotProductAttentionConfig{Mask: testutil.Must1(f.Reshape(x, dims...))}
				})
		}
	}
}

// TestFullyMaskedQueries masks all keys of some queries, different ones in each head, so that the
// scratch memory holds numbers of the head before where a query is fully masked: its result must be
// zero, and it must add nothing to the gradients.
func TestFullyMaskedQueries(t *testing.T) {
	for _, d := range []dtypes.DType{dtypes.Float32, dtypes.BFloat16} {
		c := attentionCase{2, 3, 4, 5, 4, compute.AttentionAxesLayoutBHSD}
		visible := func(b, h, query, key int) bool { return query != (b+h)%4 && (key == 0 || (query+key)%3 != 0) }
		var mask []bool
		for b := range c.batch {
			for h := range c.heads {
				for query := range c.queries {
					for key := range c.keys {
						mask = append(mask, visible(b, h, query, key))
					}
				}
			}
		}
		c.check(t, d, attentionTolerance[d], mask, visible,
			func(f compute.Function, x compute.Value) *compute.ScaledDotProductAttentionConfig {
				return &compute.ScaledDotProductAttentionConfig{Mask: testutil.Must1(f.Reshape(x, c.batch, c.heads,
					c.queries, c.keys))}
			})
	}
}

// TestHeadsShareNoSums has two equal heads of more queries than a tile, whose keys' and values'
// gradients are sums over tiles in scratch memory: the second head's are the bits of the first's.
func TestHeadsShareNoSums(t *testing.T) {
	c := attentionCase{1, 2, 200, 600, 3, compute.AttentionAxesLayoutBHSD}
	rng := rand.New(rand.NewPCG(5, 7))
	twice := func(tokens int) []float64 {
		x := make([]float64, tokens*c.width)
		for i := range x {
			x[i] = rng.NormFloat64()
		}
		return append(x, x...)
	}
	for _, d := range []dtypes.DType{dtypes.Float32, dtypes.BFloat16} {
		got := c.run(t, d, twice(c.queries), twice(c.keys), twice(c.keys), twice(c.queries), []float32{0},
			func(compute.Function, compute.Value) *compute.ScaledDotProductAttentionConfig { return nil })
		for i, name := range []string{"output", "query's gradient", "key's gradient", "value's gradient"} {
			if half := len(got[i]) / 2; !slices.Equal(got[i][:half], got[i][half:]) {
				t.Errorf("%s: the %s of two equal heads differs", d, name)
			}
		}
	}
}

// TestQKVProjectionContractsTheLastAxis projects tokens with one leading axis and with two.
func TestQKVProjectionContractsTheLastAxis(t *testing.T) {
	b := open(t, "")
	for _, dims := range [][]int{{6, 2}, {3, 2, 2}, {2}} {
		size, tokens := 2, 1
		for _, d := range dims[:len(dims)-1] {
			size, tokens = size*d, tokens*d
		}
		e := build(t, b, [][]int{dims, {2, 5}, {3}, {1}}, func(f compute.Function, x []compute.Value) []compute.Value {
			q, k, v, err := f.FusedAttentionQKVProjection(x[0], x[1], x[2], nil, x[3], 3, 1)
			testutil.Must(err)
			return []compute.Value{q, k, v}
		})
		x := make([]float32, size)
		for i := range x {
			x[i] = float32(i)
		}
		out, err := e.Execute([]compute.Buffer{
			buffer(t, b, x, dims...), buffer(t, b, []float32{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 2, 5),
			buffer(t, b, []float32{100, 200, 300}, 3), buffer(t, b, []float32{1000}, 1),
		}, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		var want [3][]float32
		for i := range tokens {
			a, b := x[2*i], x[2*i+1]
			want[0] = append(want[0], a+6*b+100, 2*a+7*b+200, 3*a+8*b+300)
			want[1] = append(want[1], 4*a+9*b)
			want[2] = append(want[2], 5*a+10*b+1000)
		}
		for i, w := range want {
			if got := floats(t, out[i]); !slices.Equal(got, w) {
				t.Errorf("projection %d of %v is %v, want %v", i, dims, got, w)
			}
		}
	}
}
