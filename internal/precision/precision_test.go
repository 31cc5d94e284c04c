package precision_test

import (
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/internal/precision"
	"github.com/dino-go/dino/internal/testkit/graphtest"
)

func TestConvert(t *testing.T) {
	want := map[string]dtypes.DType{precision.Float32: dtypes.Float32, precision.BFloat16: dtypes.BFloat16}
	for _, name := range precision.Names() {
		if err := precision.Check(name); err != nil {
			t.Error(err)
		}
		outputs := graphtest.Call(t, model.NewStore(), func(_ *model.Scope, in []*graph.Node) []*graph.Node {
			return []*graph.Node{precision.Convert(in[0], name)}
		}, tensors.FromValue([]float32{1, 2}))
		if got := outputs[0].DType(); got != want[name] {
			t.Errorf("%s computes in %s, want %s", name, got, want[name])
		}
	}
	if err := precision.Check("half"); err == nil || err.Error() != `precision is "half": must be float32 or bfloat16` {
		t.Errorf("got %v", err)
	}
}
