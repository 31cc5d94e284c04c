package lower

import (
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/dino-go/dino/cpu/internal/graph"
	"github.com/dino-go/dino/cpu/internal/parallel"
)

func TestOperationsWithoutKernelsAreErrors(t *testing.T) {
	pool := parallel.New(1)
	defer pool.Close()
	for _, c := range []struct {
		op   compute.OpType
		attr any
		d    dtypes.DType
		want string
	}{
		{compute.OpTypeFFT, nil, dtypes.Float32, `cpu: compiling "test": FFT: has no kernel for (Float32)[3]`},
		{compute.OpTypeArgMinMax, graph.ArgMinMax{}, dtypes.Complex64, `cpu: compiling "test": ArgMinMax: is not implemented for (Complex64)[3]`},
	} {
		s := &sketch{Function: &graph.Function{Name: "test"}}
		x := s.op(compute.OpTypeParameter, nil, c.d, []int{3})
		s.Params, s.Results = []*graph.Value{x}, []*graph.Value{s.op(c.op, c.attr, dtypes.Float32, []int{3}, x)}
		if _, err := Function(s.Function, "test", pool); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: the error is %v, want %s", c.op, err, c.want)
		}
	}
}
