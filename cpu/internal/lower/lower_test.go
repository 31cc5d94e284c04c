package lower

import (
	"fmt"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/dino-go/dino/cpu/internal/graph"
	"github.com/dino-go/dino/cpu/internal/parallel"
)

func TestOperationsWithoutKernelsAreErrors(t *testing.T) {
	const notFor = "is not implemented for Complex64"
	pool := parallel.New(1)
	defer pool.Close()
	for _, c := range []struct {
		op   compute.OpType
		attr any
		want string
	}{
		{compute.OpTypeFFT, nil, "has no kernel for (Complex64)[3]"},
		{compute.OpTypeArgMinMax, graph.ArgMinMax{}, notFor},
		{compute.OpTypeConvGeneral, graph.Conv{}, notFor},
		{compute.OpTypeDotGeneral, graph.Dot{}, notFor},
		{compute.OpTypeIota, graph.Axis{}, notFor},
		{compute.OpTypeReduceWindow, graph.Window{}, notFor},
		{compute.OpTypeScatterSum, graph.Scatter{}, notFor},
		{compute.OpTypeSelectAndScatterMax, graph.Window{}, notFor},
	} {
		s := &sketch{Function: &graph.Function{Name: "test"}}
		x := s.op(compute.OpTypeParameter, nil, dtypes.Complex64, []int{3})
		in := []*graph.Value{x, x, x}
		if c.op == compute.OpTypeIota {
			in = nil
		}
		s.Params, s.Results = []*graph.Value{x}, []*graph.Value{s.op(c.op, c.attr, dtypes.Complex64, []int{3}, in...)}
		_, err := Function(s.Function, "test", pool)
		if want := fmt.Sprintf(`cpu: compiling "test": %s: %s`, c.op, c.want); err == nil || err.Error() != want {
			t.Errorf("%s: the error is %v, want %s", c.op, err, want)
		}
	}
}
