package cpu

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

// TestNaNsAreSortedLast sorts in either direction numbers between NaNs, which compare with nothing:
// without an order of their own they part the rest into pieces that are sorted by themselves.
func TestNaNsAreSortedLast(t *testing.T) {
	b := open(t, "")
	nan := float32(math.NaN())
	x := []float32{5, nan, 3, -1, nan, 4, float32(math.Inf(1)), 0, -nan, 2, float32(math.Inf(-1)), 1}
	var numbers []float32
	for _, v := range x {
		if v == v {
			numbers = append(numbers, v)
		}
	}
	for _, ascending := range []bool{true, false} {
		slices.Sort(numbers)
		if !ascending {
			slices.Reverse(numbers)
		}
		want := fmt.Sprint(append(slices.Clone(numbers), nan, nan, nan))
		for _, d := range []dtypes.DType{dtypes.Float16, dtypes.BFloat16, dtypes.Float32, dtypes.Float64} {
			exec := graph.MustNewExec(b, func(v *graph.Node) []*graph.Node {
				v = graph.ConvertDType(v, d)
				sorted := graph.Sort(v, 0, ascending)
				values, indices := graph.TopK(v, len(x), 0)
				if ascending {
					values, indices = graph.BottomK(v, len(x), 0)
				}
				return []*graph.Node{
					graph.ConvertDType(sorted, dtypes.Float32),
					graph.ConvertDType(values, dtypes.Float32), indices,
				}
			})
			out, err := exec.Call(x)
			if err != nil {
				t.Fatal(err)
			}
			for i, name := range []string{"Sort", "TopK"} {
				if got := fmt.Sprint(tensors.MustCopyFlatData[float32](out[i])); got != want {
					t.Errorf("%s of %s, ascending %v: %s, want %s", name, d, ascending, got, want)
				}
			}
			var chosen []float32
			for _, at := range tensors.MustCopyFlatData[int32](out[2]) {
				chosen = append(chosen, x[at])
			}
			if got := fmt.Sprint(chosen); got != want {
				t.Errorf("positions of TopK of %s, ascending %v, are of %s, want %s", d, ascending, got, want)
			}
		}
	}
}
