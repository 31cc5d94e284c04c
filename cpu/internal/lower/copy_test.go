package lower

import (
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"pgregory.net/rapid"

	"github.com/dino-go/dino/cpu/internal/parallel"
	"github.com/dino-go/dino/cpu/internal/program"
	"github.com/dino-go/dino/cpu/internal/view"
)

// randomView draws a view of a dense tensor: transposed, reversed, sliced or repeated.
func randomView(t *rapid.T) (v view.View, size int) {
	var dims []int
	for range rapid.IntRange(0, 3).Draw(t, "rank") {
		dims = append(dims, rapid.SampledFrom([]int{1, 2, 5, 33, 70}).Draw(t, "dim"))
	}
	if last := len(dims) - 1; last >= 0 && view.Of(dims[:last]).Size() < 10 &&
		rapid.IntRange(0, 4).Draw(t, "long") == 0 {
		dims[last] = copyGrain + rapid.IntRange(-1, copyGrain+1).Draw(t, "longer") // a row of one task or more
	}
	v = view.Of(dims)
	size = v.Size()
	switch rapid.IntRange(0, 4).Draw(t, "kind") {
	case 0:
		v = v.Transpose(rapid.Permutation(upTo(len(dims))).Draw(t, "permutation"))
	case 1:
		v = v.Reverse(upTo(len(dims)))
	case 2:
		starts, limits, strides := make([]int, len(dims)), make([]int, len(dims)), make([]int, len(dims))
		for i, d := range dims {
			starts[i] = rapid.IntRange(0, d-1).Draw(t, "start")
			limits[i], strides[i] = d, rapid.IntRange(1, 3).Draw(t, "stride")
		}
		v = v.Slice(starts, limits, strides)
	case 3:
		v = v.Broadcast(append([]int{3}, dims...), upTo(len(dims) + 1)[1:])
	}
	return v, size
}

// Copies of views of all element sizes arrange elements as their strides say, and back.
func TestCopiesFollowStrides(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v, size := randomView(t)
		dtype := rapid.SampledFrom([]dtypes.DType{dtypes.Int8, dtypes.Int16, dtypes.Int32, dtypes.Int64}).Draw(t,
			"type")
		bytes := dtype.Size()
		p := &program.Program{Pool: parallel.New(2)}
		defer p.Pool.Close()
		l := &lowering{p: p}
		in := p.NewSlot(program.Slot{Kind: program.Input, Size: size * bytes})
		out := p.NewSlot(program.Slot{Kind: program.Output, Size: v.Size() * bytes})
		l.copy(place{in, v}, out, shapes.Make(dtype, v.Dims...))
		p.Plan()
		from, to := make([]byte, size*bytes), make([]byte, v.Size()*bytes)
		for i := range from {
			from[i] = byte(i*131 + i/251)
		}
		if err := p.Run([][]byte{from}, [][]byte{to}); err != nil {
			t.Fatal(err)
		}
		for i := range v.Size() {
			at := v.At(i) * bytes
			if string(to[i*bytes:(i+1)*bytes]) != string(from[at:at+bytes]) {
				t.Fatalf("element %d of %+v is not element %d of the memory", i, v, v.At(i))
			}
		}
	})
}
