package cpu

import (
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
)

func TestEmptyReductions(t *testing.T) {
	b := open(t, "")
	for _, dims := range [][]int{{3, 0}, {0, 3}, {2, 0, 2}} {
		axis := slices.Index(dims, 0)
		reduced := 1
		for _, d := range dims {
			reduced *= max(d, 1)
		}
		e := build(t, b, [][]int{dims}, func(f compute.Function, x []compute.Value) []compute.Value {
			return []compute.Value{
				testutil.Must1(f.ReduceSum(x[0], axis)), testutil.Must1(f.ReduceProduct(x[0], axis)),
				testutil.Must1(f.ReduceMax(x[0], axis)), testutil.Must1(f.ReduceMin(x[0], axis)),
				testutil.Must1(f.FusedSoftmax(x[0], axis)),
			}
		})
		out, err := e.Execute([]compute.Buffer{buffer(t, b, nil, dims...)}, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []float64{0, 1, math.Inf(-1), math.Inf(1)} {
			if got := floats(t, out[i]); !slices.Equal(got, slices.Repeat([]float32{float32(want)}, reduced)) {
				t.Errorf("reduction %d of %v is %v, want %g each", i, dims, got, want)
			}
		}
		if s := testutil.Must1(out[4].Shape()); !slices.Equal(s.Dimensions, dims) {
			t.Errorf("softmax of %v over axis %d is %s", dims, axis, s)
		}
	}
}

// TestLength1BroadcastsToLength0 broadcasts as GoMLX's softmax does over an axis without elements,
// fused and written out.
func TestLength1BroadcastsToLength0(t *testing.T) {
	b := open(t, "")
	e := build(t, b, [][]int{{3, 0}, {3, 1}}, func(f compute.Function, x []compute.Value) []compute.Value {
		return []compute.Value{
			testutil.Must1(f.Add(x[0], x[1])), testutil.Must1(f.Mul(x[1], x[0])),
			testutil.Must1(f.LessThan(x[0], x[1])),
		}
	})
	out, err := e.Execute([]compute.Buffer{buffer(t, b, nil, 3, 0), buffer(t, b, make([]float32, 3), 3, 1)}, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for i, x := range out {
		if s := testutil.Must1(x.Shape()); !slices.Equal(s.Dimensions, []int{3, 0}) {
			t.Errorf("result %d is %s, want [3, 0]", i, s)
		}
	}
	for _, axes := range [][]int{{1}, {0, 1}} {
		exec := graph.MustNewExec(b, func(x *graph.Node) *graph.Node { return graph.Softmax(x, axes...) })
		softmax, err := exec.Call(tensors.FromShape(shapes.Make(dtypes.Float32, 3, 0)))
		if err != nil {
			t.Fatal(err)
		}
		if s := softmax[0].Shape(); !slices.Equal(s.Dimensions, []int{3, 0}) {
			t.Errorf("softmax over %v is %s, want [3, 0]", axes, s)
		}
	}
}

func TestArgMaxOfNoElementsIsAnError(t *testing.T) {
	f := open(t, "").Builder("test").Main()
	x := testutil.Must1(f.Parameter("x", shapes.Make(dtypes.Float32, 3, 0), nil))
	if _, err := f.ArgMinMax(x, 1, dtypes.Int32, false); err == nil ||
		!strings.Contains(err.Error(), "has no elements to choose from") {
		t.Errorf("the position of the largest of no elements: %v", err)
	}
}

// TestEmptyProducts multiplies no matrices, and matrices without elements that are slices
// of others, beginning at their end.
func TestEmptyProducts(t *testing.T) {
	b := open(t, "")
	inputs := [][]int{{0, 2, 3}, {0, 3, 4}, {5, 3}, {0, 6}}
	e := build(t, b, inputs, func(f compute.Function, x []compute.Value) []compute.Value {
		end := testutil.Must1(f.Slice(x[2], []int{5, 3}, []int{5, 3}, []int{1, 1}))
		cut := testutil.Must1(f.Slice(x[3], []int{0, 1}, []int{0, 6}, []int{1, 1}))
		product := func(a, b compute.Value, contracting, batch []int, right []int) compute.Value {
			return testutil.Must1(f.DotGeneral(a, contracting, batch, b, right, batch, compute.DotGeneralConfig{}))
		}
		return []compute.Value{
			product(x[0], x[1], []int{2}, []int{0}, []int{1}), product(end, end, []int{0, 1}, nil, []int{0, 1}),
			product(cut, cut, []int{0}, nil, []int{0}),
		}
	})
	var buffers []compute.Buffer
	for _, dims := range inputs {
		buffers = append(buffers, buffer(t, b, make([]float32, shapes.Make(dtypes.Float32, dims...).Size()), dims...))
	}
	out, err := e.Execute(buffers, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for i, dims := range [][]int{{0, 2, 4}, {}, {5, 5}} {
		if s := testutil.Must1(out[i].Shape()); !slices.Equal(s.Dimensions, dims) {
			t.Errorf("product %d is %s, want %v", i, s, dims)
		}
		if x := floats(t, out[i]); slices.ContainsFunc(x, func(v float32) bool { return v != 0 }) {
			t.Errorf("product %d is %v, want zeros", i, x)
		}
	}
}

func TestEmptyAttention(t *testing.T) {
	b := open(t, "")
	none := &compute.ScaledDotProductAttentionConfig{}
	for _, c := range []attentionCase{
		{batch: 2, heads: 3, queries: 4, keys: 0, width: 5},
		{2, 3, 0, 4, 5, 0},
		{2, 3, 0, 0, 5, 0},
		{0, 3, 4, 4, 5, 0},
	} {
		for _, c.layout = range []compute.AttentionAxesLayout{
			compute.AttentionAxesLayoutBHSD,
			compute.AttentionAxesLayoutBSHD,
		} {
			inputs := [][]int{c.dims(c.queries), c.dims(c.keys), c.dims(c.keys), c.dims(c.queries)}
			e := build(t, b, inputs, func(f compute.Function, x []compute.Value) []compute.Value {
				out, states, err := f.FusedScaledDotProductAttention(x[0], x[1], x[2], c.layout, none)
				testutil.Must(err)
				dq, dk, dv, err := f.FusedScaledDotProductAttentionVJP(x[0], x[1], x[2], c.layout, none, out, states,
					x[3])
				testutil.Must(err)
				return []compute.Value{out, dq, dk, dv}
			})
			var buffers []compute.Buffer
			for _, dims := range inputs {
				buffers = append(buffers, buffer(t, b,
					slices.Repeat([]float32{1}, shapes.Make(dtypes.Float32, dims...).Size()), dims...))
			}
			out, err := e.Execute(buffers, nil, 0)
			if err != nil {
				t.Errorf("%+v: %v", c, err)
				continue
			}
			for i, y := range out {
				if x := floats(t, y); slices.ContainsFunc(x, func(v float32) bool { return v != 0 }) {
					t.Errorf("%+v: result %d is %v, want zeros", c, i, x)
				}
			}
		}
	}
}

func TestConvolutionOfPaddingAlone(t *testing.T) {
	b := open(t, "")
	e := build(t, b, [][]int{{0, 2, 3}, {2, 3, 4}}, func(f compute.Function, x []compute.Value) []compute.Value {
		axes := compute.ConvolveAxesConfig{
			InputBatch: 1, InputChannels: 2, InputSpatial: []int{0}, KernelSpatial: []int{0}, KernelInputChannels: 1,
			KernelOutputChannels: 2,
			OutputBatch:          1, OutputChannels: 2, OutputSpatial: []int{0},
		}
		return []compute.Value{testutil.Must1(f.ConvGeneral(x[0], x[1], axes, []int{1}, [][2]int{{2, 1}}, nil, nil, 1,
			1))}
	})
	out, err := e.Execute([]compute.Buffer{
		buffer(t, b, nil, 0, 2, 3),
		buffer(t, b, slices.Repeat([]float32{1}, 24), 2, 3, 4),
	}, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	if got := floats(t, out[0]); !slices.Equal(got, make([]float32, 16)) {
		t.Errorf("the result is %v, want 16 zeros", got)
	}
}
