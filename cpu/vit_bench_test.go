package cpu_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/internal/backend"
	"github.com/dino-go/dino/internal/variables"
	"github.com/dino-go/dino/vit"
)

// BenchmarkViTSmall times ViT-S/16 at 224 px: the forward pass, and the gradients of the sum of its features for all parameters.
func BenchmarkViTSmall(b *testing.B) {
	for _, engine := range []string{"go", "cpu"} {
		for _, precision := range []dtypes.DType{dtypes.Float32, dtypes.BFloat16} {
			for _, batch := range []int{1, 8} {
				for _, backward := range []bool{false, true} {
					b.Run(fmt.Sprintf("engine=%s/%s/batch=%d/backward=%v", engine, precision, batch, backward), func(b *testing.B) {
						e, err := backend.Open(engine)
						if err != nil {
							b.Fatal(err)
						}
						benchmarkViT(b, e, precision, batch, backward)
					})
				}
			}
		}
	}
}

func benchmarkViT(b *testing.B, engine compute.Backend, precision dtypes.DType, batch int, backward bool) {
	c, err := vit.Variant("vit_small_patch16_224")
	if err != nil {
		b.Fatal(err)
	}
	m, err := vit.New(c)
	if err != nil {
		b.Fatal(err)
	}
	store := model.NewStore()
	exec, err := model.NewExec(engine, store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
		x := in[0]
		if precision != dtypes.Float32 {
			x = graph.ConvertDType(x, precision)
		}
		y := graph.ReduceAllSum(graph.ConvertDType(m.Forward(scope.At("vit"), x), dtypes.Float32))
		if !backward {
			return []*graph.Node{y}
		}
		var parameters []*graph.Node
		names, byName := variables.Within(store, "/vit")
		for _, name := range names {
			parameters = append(parameters, byName[name].NodeValue(x.Graph()))
		}
		return append([]*graph.Node{y}, graph.Gradient(y, parameters...)...)
	})
	if err != nil {
		b.Fatal(err)
	}
	images := tensors.FromFlatDataAndDimensions(make([]float32, batch*3*224*224), batch, 3, 224, 224)
	call := func() {
		outputs, err := exec.Call(images)
		if err != nil {
			b.Fatal(err)
		}
		for _, o := range outputs {
			o.MustFinalizeAll()
		}
	}
	call() // compiles
	var times []time.Duration
	for b.Loop() {
		start := time.Now()
		call()
		times = append(times, time.Since(start))
	}
	slices.Sort(times)
	b.ReportMetric(times[0].Seconds(), "best-s")
	b.ReportMetric(times[len(times)/2].Seconds(), "median-s")
}
