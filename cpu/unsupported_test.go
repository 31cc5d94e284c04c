package cpu

import (
	"errors"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/compute/support/testutil"
)

// TestUnsupportedTypesAreNotImplemented checks that an unsupported data type is
// [compute.ErrNotImplemented], by which GoMLX knows that it has to decompose an operation, while
// the graph is built.
func TestUnsupportedTypesAreNotImplemented(t *testing.T) {
	b := open(t, "")
	f := b.Builder("test").Main()
	bytes := testutil.Must1(f.Parameter("bytes", shapes.Make(dtypes.Uint8, 4), nil))
	numbers := testutil.Must1(f.Parameter("numbers", shapes.Make(dtypes.Float32, 4), nil))
	for _, d := range []dtypes.DType{
		dtypes.Int4, dtypes.Uint4, dtypes.Int2, dtypes.Uint2, dtypes.Complex64,
		dtypes.Complex128,
	} {
		for name, op := range map[string]func() (compute.Value, error){
			"Bitcast":      func() (compute.Value, error) { return f.Bitcast(bytes, d) },
			"ConvertDType": func() (compute.Value, error) { return f.ConvertDType(numbers, d) },
			"Iota":         func() (compute.Value, error) { return f.Iota(shapes.Make(d, 3), 0) },
			"Parameter":    func() (compute.Value, error) { return f.Parameter("p", shapes.Make(d, 3), nil) },
			"buffer": func() (compute.Value, error) {
				_, _, err := b.NewSharedBuffer(0, shapes.Make(d, 4))
				return nil, err
			},
		} {
			if name == "Bitcast" && d.IsComplex() {
				continue // which needs more bytes than there are
			}
			if _, err := op(); !errors.Is(err, compute.ErrNotImplemented) {
				t.Errorf("%s of %s: %v, want compute.ErrNotImplemented", name, d, err)
			}
		}
	}
	if _, err := f.Constant([]complex64{1}, 1); !errors.Is(err, compute.ErrNotImplemented) {
		t.Errorf("a complex constant: %v", err)
	}
}

// TestEmptyAxisNamesAreDropped gives names that are all empty, as GoMLX does where it copies
// those of nameless axes.
func TestEmptyAxisNamesAreDropped(t *testing.T) {
	f := open(t, "").Builder("test").Main()
	x := testutil.Must1(f.Parameter("x", shapes.Make(dtypes.Float32, 3), nil))
	y := testutil.Must1(f.BroadcastInDim(x, shapes.Make(dtypes.Float32, 2, 3).WithAxisNames("", ""), []int{1}))
	if s := testutil.Must1(f.Shape(y)); s.AxisNames != nil {
		t.Errorf("the names of the axes are %q, want none", s.AxisNames)
	}
}
