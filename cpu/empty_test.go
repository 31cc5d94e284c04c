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

func TestReductionsOfNothing(t *testing.T) {
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

// TestLengthOneGoesToLengthZero broadcasts as GoMLX's softmax does over an axis without elements, fused and written out.
func TestLengthOneGoesToLengthZero(t *testing.T) {
	b := open(t, "")
	e := build(t, b, [][]int{{3, 0}, {3, 1}}, func(f compute.Function, x []compute.Value) []compute.Value {
		return []compute.Value{testutil.Must1(f.Add(x[0], x[1])), testutil.Must1(f.Mul(x[1], x[0])), testutil.Must1(f.LessThan(x[0], x[1]))}
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

func TestNothingHasNoLargestElement(t *testing.T) {
	f := open(t, "").Builder("test").Main()
	x := testutil.Must1(f.Parameter("x", shapes.Make(dtypes.Float32, 3, 0), nil))
	if _, err := f.ArgMinMax(x, 1, dtypes.Int32, false); err == nil || !strings.Contains(err.Error(), "has no elements to choose from") {
		t.Errorf("the position of the largest of no elements: %v", err)
	}
}
