package cpu

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/compute/support/testutil"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/dino-go/dino/cpu/internal/program"
)

// spy is a backend that keeps the last executable it compiled.
type spy struct {
	*Backend
	compiled *executable
}

type spyBuilder struct {
	*builder
	spy *spy
}

func (s *spy) Builder(name string) compute.Builder {
	return &spyBuilder{newBuilder(s.Backend, name), s}
}

func (b *spyBuilder) Compile() (compute.Executable, error) {
	e, err := b.builder.Compile()
	if err == nil {
		b.spy.compiled = e.(*executable)
	}
	return e, err
}

// kernels compiles and runs a graph and returns its kernels.
func kernels(t *testing.T, build func(x []*graph.Node) []*graph.Node, inputs ...any) *program.Program {
	t.Helper()
	return kernelsAnd(t, func([]*tensors.Tensor) {}, build, inputs...)
}

// kernelsAnd is kernels, and passes the results to a function.
func kernelsAnd(t *testing.T, results func(out []*tensors.Tensor), build func(x []*graph.Node) []*graph.Node,
	inputs ...any,
) *program.Program {
	t.Helper()
	s := &spy{Backend: open(t, "")}
	exec, err := graph.NewExec(s, build)
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Call(inputs...)
	if err != nil {
		t.Fatal(err)
	}
	results(out)
	return s.compiled.programs[""]
}

func named(p *program.Program, part string) (list []string) {
	for _, k := range p.Kernels {
		if strings.Contains(k.Name, part) {
			list = append(list, k.Name)
		}
	}
	return list
}

// largest is the size in bytes of the largest temporary.
func largest(p *program.Program) int {
	size := 0
	for _, s := range p.Slots {
		if s.Kind == program.Temporary {
			size = max(size, s.Size)
		}
	}
	return size
}

func ones(dims ...int) *tensors.Tensor {
	s := shapes.Make(dtypes.Float32, dims...)
	x := make([]float32, s.Size())
	for i := range x {
		x[i] = 1
	}
	return tensors.FromFlatDataAndDimensions(x, dims...)
}

// attend is attention over [batch, heads, tokens, width], written out, with its softmax in float32.
func attend(q, k, v *graph.Node) *graph.Node {
	x := graph.ConvertDType(graph.Einsum("bhqd,bhkd->bhqk", q, k), dtypes.Float32)
	e := graph.Exp(graph.Sub(x, graph.StopGradient(graph.ReduceAndKeep(x, graph.ReduceMax, -1))))
	p := graph.Div(e, graph.ReduceAndKeep(e, graph.ReduceSum, -1))
	return graph.Einsum("bhqk,bhkd->bhqd", graph.ConvertDType(p, v.DType()), v)
}

func TestAttentionNeverHoldsTheScores(t *testing.T) {
	const tokens = 300
	heads := func() *tensors.Tensor { return ones(1, 2, tokens, 8) }
	p := kernels(t, func(in []*graph.Node) []*graph.Node { return []*graph.Node{attend(in[0], in[1], in[2])} }, heads(),
		heads(), heads())
	if got := named(p, "attention"); len(got) != 1 || largest(p) >= tokens*tokens {
		t.Errorf("forward: kernels %v, largest temporary %d bytes: want one attention and no scores", got, largest(p))
	}
	p = kernels(t, func(in []*graph.Node) []*graph.Node {
		q, k, v := in[0], in[1], in[2]
		y := attend(q, k, v)
		return graph.Gradient(graph.ReduceAllSum(graph.Mul(y, y)), q, k, v)
	}, heads(), heads(), heads())
	if got := named(p, "attention"); len(got) != 2 || largest(p) >= tokens*tokens {
		t.Errorf("gradient: kernels %v, largest temporary %d bytes: want attention and its gradient, and no scores",
			got, largest(p))
	}
}

// TestGradientOfAttentionRoundsLikeTheGraph has gradients of probabilities of 256.5 and 257.5,
// which are 256 and 258 in bfloat16, as GoMLX converts the gradients of products of bfloat16
// operands.
func TestGradientOfAttentionRoundsLikeTheGraph(t *testing.T) {
	matrix := func(x ...float32) *tensors.Tensor { return tensors.FromFlatDataAndDimensions(x, 1, 1, 2, 2) }
	for precision, want := range map[dtypes.DType][]float32{
		dtypes.Float32:  {-0.25, 0.25},
		dtypes.BFloat16: {-0.5, 0.5},
	} {
		var got []float32
		p := kernelsAnd(t, func(out []*tensors.Tensor) { got = tensors.MustCopyFlatData[float32](out[0]) },
			func(in []*graph.Node) []*graph.Node {
				q, k, v := graph.ConvertDType(in[0], precision), graph.ConvertDType(in[1], precision),
					graph.ConvertDType(in[2], precision)
				loss := graph.ReduceAllSum(graph.Mul(graph.ConvertDType(attend(q, k, v), dtypes.Float32), in[3]))
				g := graph.Gradient(loss, q, k, v)
				return append([]*graph.Node{graph.ConvertDType(g[0], dtypes.Float32), loss}, g[1:]...)
			}, matrix(0, 0, 0, 0), matrix(1, 0, 0, 1), matrix(256, 0.5, 256, 1.5), matrix(1, 1, 1, 1))
		if len(named(p, "attention gradient")) != 1 {
			t.Errorf("%s: kernels %q: want the gradient of attention as one", precision, named(p, ""))
		}
		if want = slices.Concat(want, want); !slices.Equal(got, want) {
			t.Errorf("%s: the gradient of the queries is %v, want %v", precision, got, want)
		}
	}
}

// TestScalesThatRoundStay has a gradient of queries that is converted to bfloat16 before it is
// multiplied with their scale: rounding can only come after a power of two as well as before.
func TestScalesThatRoundStay(t *testing.T) {
	for scale, want := range map[float64]int{0.25: 6, 0.3: 7} {
		p := kernels(t, func(in []*graph.Node) []*graph.Node {
			for i := range in {
				in[i] = graph.ConvertDType(in[i], dtypes.BFloat16)
			}
			y := graph.ConvertDType(attend(graph.MulScalar(in[0], scale), in[1], in[2]), dtypes.Float32)
			return graph.Gradient(graph.ReduceAllSum(graph.Sin(y)), in...)
		}, ones(1, 1, 5, 4), ones(1, 1, 5, 4), ones(1, 1, 5, 4))
		if got := named(p, ""); len(got) != want || len(named(p, "attention")) != 2 {
			t.Errorf("queries times %g: kernels %q: want %d, with attention and its gradient", scale, got, want)
		}
	}
}

// TestGradientsOfWeightsAreOneProduct has sums of 257.5, which the gradient that GoMLX derives of a
// product converts to bfloat16, 258, and on to float32.
func TestGradientsOfWeightsAreOneProduct(t *testing.T) {
	var got []float32
	p := kernelsAnd(t, func(out []*tensors.Tensor) { got = tensors.MustCopyFlatData[float32](out[0]) },
		func(in []*graph.Node) []*graph.Node {
			x, w := graph.ConvertDType(in[0], dtypes.BFloat16), in[1]
			y := graph.Einsum("ij,jk->ik", x, graph.ConvertDType(w, dtypes.BFloat16))
			return graph.Gradient(graph.ReduceAllSum(graph.ConvertDType(y, dtypes.Float32)), w)
		}, tensors.FromFlatDataAndDimensions([]float32{256, 1.5}, 2, 1), ones(1, 3))
	if !slices.Equal(got, []float32{258, 258, 258}) {
		t.Errorf("the gradient is %v, want 258 everywhere", got)
	}
	if k := p.Kernels[len(p.Kernels)-1].Name; k != "DotGeneral" {
		t.Errorf("kernels %q: want the product to write the result itself", named(p, ""))
	}
}

// TestGradientsOfAttentionAreWrittenToTheirConcatenation has queries, keys and values that are
// slices of one tensor, as transformers do: the gradient of the tensor is put together without a
// copy, and the scale of the queries costs nothing.
func TestGradientsOfAttentionAreWrittenToTheirConcatenation(t *testing.T) {
	p := kernels(t, func(in []*graph.Node) []*graph.Node {
		x := in[0] // [batch, tokens, 3, heads, width]
		part := func(i int) *graph.Node {
			y := graph.Slice(x, graph.AxisRange(), graph.AxisRange(), graph.AxisElem(i))
			return graph.TransposeAllAxes(graph.Reshape(y, 2, 40, 3, 8), 0, 2, 1, 3)
		}
		y := attend(graph.MulScalar(part(0), 0.25), part(1), part(2))
		g := graph.Gradient(graph.ReduceAllSum(graph.Mul(y, y)), x)[0]
		return []*graph.Node{graph.Dot(graph.Reshape(g, 80, 72), in[1]).Product()}
	}, ones(2, 40, 3, 3, 8), ones(72, 5))
	if got := named(p, ""); len(named(p, "attention")) != 2 || len(named(p, "copy")) != 0 || len(got) > 5 {
		t.Errorf("kernels %q: want attention, its gradient, the loop between them and a product", got)
	}
}

// TestSharedOperandsArePackedOnce has two products with one matrix, and one with it transposed.
func TestSharedOperandsArePackedOnce(t *testing.T) {
	p := kernels(t, func(in []*graph.Node) []*graph.Node {
		x, y, w := in[0], in[1], in[2]
		return []*graph.Node{
			graph.Einsum("ij,jk->ik", x, w), graph.Einsum("ij,jk->ik", y, w),
			graph.Einsum("ij,kj->ik", y, w),
		}
	}, ones(80, 200), ones(100, 200), ones(200, 200))
	if got := named(p, "pack"); len(got) != 1 {
		t.Errorf("kernels %q: want one that packs, for the first two products", named(p, ""))
	}
}

// TestPackedProductsHaveTheSameBits compares products of a shared operand with products of their
// own.
func TestPackedProductsHaveTheSameBits(t *testing.T) {
	waves := func(rows, cols int) *tensors.Tensor {
		x := make([]float32, rows*cols)
		for i := range x {
			x[i] = float32(math.Sin(float64(i)*0.37 + float64(cols)))
		}
		return tensors.FromFlatDataAndDimensions(x, rows, cols)
	}
	b := open(t, "parallelism=2")
	run := func(build func(x, y, w *graph.Node) []*graph.Node) (values [][]float32) {
		for _, precision := range []dtypes.DType{dtypes.Float32, dtypes.BFloat16} {
			out := graph.MustNewExec(b, func(in []*graph.Node) []*graph.Node {
				for i := range in {
					in[i] = graph.ConvertDType(in[i], precision)
				}
				out := build(in[0], in[1], in[2])
				for i := range out {
					out[i] = graph.ConvertDType(out[i], dtypes.Float32)
				}
				return out
			}).MustCall(waves(70, 301), waves(150, 301), waves(301, 130))
			for _, o := range out {
				values = append(values, tensors.MustCopyFlatData[float32](o))
			}
		}
		return values
	}
	product := func(x, w *graph.Node) *graph.Node { return graph.Einsum("ij,jk->ik", x, w) }
	both := run(func(x, y, w *graph.Node) []*graph.Node { return []*graph.Node{product(x, w), product(y, w)} })
	first := run(func(x, y, w *graph.Node) []*graph.Node { return []*graph.Node{product(x, w)} })
	second := run(func(x, y, w *graph.Node) []*graph.Node { return []*graph.Node{product(y, w)} })
	for i, want := range [][]float32{first[0], second[0], first[1], second[1]} {
		if !slices.Equal(both[i], want) {
			t.Errorf("product %d of a shared operand has other bits than alone", i)
		}
	}
}

func TestProbabilitiesWithOtherUsersAreComputed(t *testing.T) {
	p := kernels(t, func(in []*graph.Node) []*graph.Node {
		q, k := in[0], in[1]
		s := graph.Einsum("bhqd,bhkd->bhqk", q, k)
		e := graph.Exp(graph.Sub(s, graph.StopGradient(graph.ReduceAndKeep(s, graph.ReduceMax, -1))))
		probabilities := graph.Div(e, graph.ReduceAndKeep(e, graph.ReduceSum, -1))
		return []*graph.Node{graph.Einsum("bhqk,bhkd->bhqd", probabilities, k), probabilities}
	}, ones(1, 1, 5, 3), ones(1, 1, 5, 3))
	if got := named(p, "attention"); len(got) != 0 {
		t.Errorf("kernels %v: want none, as the probabilities are a result", got)
	}
}

// What the graph rounds between the products of an attention is rounded, which the fused operation
// would not do.
func TestAttentionThatIsRoundedInsideIsComputed(t *testing.T) {
	round := func(x *graph.Node) *graph.Node {
		return graph.ConvertDType(graph.ConvertDType(x, dtypes.BFloat16), dtypes.Float32)
	}
	same := func(x *graph.Node) *graph.Node { return x }
	narrow := func(x *graph.Node) *graph.Node { return graph.ConvertDType(x, dtypes.BFloat16) }
	for _, c := range []struct {
		name                            string
		operands, scores, probabilities func(x *graph.Node) *graph.Node
		fused                           int
	}{
		{"nothing", same, same, same, 1},
		{"scores", same, round, same, 0},
		{"probabilities", same, same, round, 0},
		{"probabilities, for a product of bfloat16", narrow, same, narrow, 1},
		{"scores of bfloat16 numbers", narrow, round, narrow, 0},
	} {
		p := kernels(t, func(in []*graph.Node) []*graph.Node {
			q, k := c.operands(in[0]), c.operands(in[1])
			s := c.scores(graph.Dot(q, k).WithOutputDType(dtypes.Float32).General([]int{3}, []int{0, 1}, []int{3},
				[]int{0, 1}))
			e := graph.Exp(graph.Sub(s, graph.StopGradient(graph.ReduceAndKeep(s, graph.ReduceMax, -1))))
			probabilities := c.probabilities(graph.Div(e, graph.ReduceAndKeep(e, graph.ReduceSum, -1)))
			return []*graph.Node{graph.Einsum("bhqk,bhkd->bhqd", probabilities, k)}
		}, ones(1, 1, 5, 3), ones(1, 1, 5, 3))
		if got := named(p, "attention"); len(got) != c.fused {
			t.Errorf("rounding %s: kernels %v, want %d attentions", c.name, got, c.fused)
		}
	}
}

// A softmax over queries has the shape of attention where there are as many queries as keys, and is
// none.
func TestSoftmaxOverQueriesIsNoAttention(t *testing.T) {
	p := kernels(t, func(in []*graph.Node) []*graph.Node {
		s := graph.Einsum("bhqd,bhkd->bhqk", in[0], in[1])
		e := graph.Exp(graph.Sub(s, graph.StopGradient(graph.ReduceAndKeep(s, graph.ReduceMax, 2))))
		return []*graph.Node{graph.Einsum("bhqk,bhkd->bhqd", graph.Div(e, graph.ReduceAndKeep(e, graph.ReduceSum, 2)),
			in[1])}
	}, ones(1, 1, 5, 3), ones(1, 1, 5, 3))
	if got := named(p, "attention"); len(got) != 0 {
		t.Errorf("kernels %v: want no attention", got)
	}
}

func TestSoftmaxAndLayerNormAreOneLoop(t *testing.T) {
	p := kernels(t, func(in []*graph.Node) []*graph.Node { return []*graph.Node{graph.Softmax(in[0], -1)} },
		ones(100, 50))
	if len(p.Kernels) != 1 {
		t.Errorf("softmax: %d kernels %v, want 1", len(p.Kernels), named(p, ""))
	}
	p = kernels(t, func(in []*graph.Node) []*graph.Node {
		x, w, b := in[0], in[1], in[2]
		c := graph.Sub(x, graph.ReduceAndKeep(x, graph.ReduceMean, -1))
		v := graph.ReduceAndKeep(graph.Square(c), graph.ReduceMean, -1)
		y := graph.Div(c, graph.Sqrt(graph.AddScalar(v, 1e-6)))
		return []*graph.Node{graph.Add(graph.Mul(y, graph.ExpandLeftToRank(w, 2)), graph.ExpandLeftToRank(b, 2))}
	}, ones(100, 50), ones(50), ones(50))
	if len(p.Kernels) != 1 {
		t.Errorf("layer norm: %d kernels %v, want 1", len(p.Kernels), named(p, ""))
	}
}

func TestTransposesAreStridesOfProducts(t *testing.T) {
	p := kernels(t, func(in []*graph.Node) []*graph.Node {
		return []*graph.Node{graph.Transpose(graph.Dot(graph.Transpose(in[0], 0, 1),
			graph.Transpose(in[1], 0, 1)).Product(), 0, 1)}
	}, ones(30, 20), ones(40, 30))
	if len(p.Kernels) != 1 {
		t.Errorf("%d kernels %v, want one product", len(p.Kernels), named(p, ""))
	}
}

// AdamW with clipping by a factor and the moving average of a teacher: one loop, reading and
// writing each tensor once.
func TestOptimizerIsOnePass(t *testing.T) {
	const n = 10000
	p := kernels(t, func(in []*graph.Node) []*graph.Node {
		w, m, v, teacher, g, lr := in[0], in[1], in[2], in[3], in[4], in[5]
		m = graph.Add(graph.MulScalar(m, 0.9), graph.MulScalar(g, 0.1))
		v = graph.Add(graph.MulScalar(v, 0.999), graph.MulScalar(graph.Square(g), 0.001))
		w = graph.Sub(graph.Mul(w, graph.OneMinus(graph.MulScalar(lr, 0.04))),
			graph.Mul(lr, graph.Div(m, graph.AddScalar(graph.Sqrt(v), 1e-8))))
		teacher = graph.Add(graph.MulScalar(teacher, 0.996), graph.MulScalar(w, 0.004))
		return []*graph.Node{w, m, v, teacher}
	}, ones(n), ones(n), ones(n), ones(n), ones(n), tensors.FromValue(float32(1e-3)))
	large := 0
	for _, k := range p.Kernels {
		for _, s := range k.Writes {
			if p.Slots[s].Size == 4*n {
				large++
			}
		}
	}
	if large != 4 || p.ArenaSize() > 4096 {
		t.Errorf("%d tensors written and an arena of %d bytes: want 4 and next to none; kernels %v", large,
			p.ArenaSize(), named(p, ""))
	}
}

func TestErrorsOfExecute(t *testing.T) {
	b := open(t, "")
	e := build(t, b, [][]int{{2}}, func(f compute.Function, x []compute.Value) []compute.Value { return x })
	for _, c := range []struct {
		inputs []compute.Buffer
		want   string
	}{
		{nil, "0 inputs"},
		{[]compute.Buffer{buffer(t, b, []float32{1, 2, 3}, 3)}, "is (Float32)[3]: must be (Float32)[2]"},
		{[]compute.Buffer{buffer(t, open(t, ""), []float32{1, 2}, 2)}, "must be a buffer of this backend"},
	} {
		if _, err := e.Execute(c.inputs, nil, 0); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want an error that says %q", err, c.want)
		}
	}
	f := b.Builder("x").Main()
	x := testutil.Must1(f.Parameter("x", shapes.Make(dtypes.Float32, 2), nil))
	testutil.Must(f.Return([]compute.Value{x}, nil))
	if _, err := f.Neg(x); err == nil || !strings.Contains(fmt.Sprint(err), "is complete") {
		t.Errorf("%v, want an error that says the function is complete", err)
	}
}
