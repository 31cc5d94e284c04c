package export

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/dino-go/dino/nets/vit"
	"github.com/dino-go/dino/weights"
	"github.com/dino-go/dino/weights/layout"
	"github.com/dino-go/dino/weights/onnx"
)

// verify reads an export back as a stranger would, who knows no more than the file says, and
// returns the largest difference between its outputs for a probe image and those of the selection.
func verify(engine compute.Backend, path string, s selection) (float64, error) {
	if s.To == ONNX {
		return verifyONNX(engine, path, s)
	}
	o := layout.Options{}
	if s.To == Timm { // whatever our metadata say, timm resamples in its own way
		o.PosEmbed = vit.PosEmbedTimm
	}
	m, err := layout.Open(path, o)
	if err != nil {
		return 0, err
	}
	defer m.Close()
	if s.Part == Backbone {
		return compare(engine, network{s.model.Network, s.backbone, nil, nil}, network{m.Network, m.Teacher, nil, nil})
	}
	if err := sameTensor("center", s.model.Center, m.Center); err != nil {
		return 0, err
	}
	teacher, err := compare(engine, network{s.model.Network, s.model.Teacher, s.model.Head, s.model.TeacherHead},
		network{m.Network, m.Teacher, m.Head, m.TeacherHead})
	if err != nil || s.model.Student == nil {
		return teacher, err
	}
	student, err := compare(engine, network{s.model.Network, s.model.Student, s.model.Head, s.model.StudentHead},
		network{m.Network, m.Student, m.Head, m.StudentHead})
	return max(teacher, student), err
}

func compare(engine compute.Backend, want, got network) (float64, error) {
	geometry := want.config.Geometry()
	images := probe(geometry.Channels, geometry.Native)
	a, err := want.outputs(engine, images)
	if err != nil {
		return 0, err
	}
	b, err := got.outputs(engine, images)
	if err != nil {
		return 0, err
	}
	return largest(a, b)
}

// verifyONNX runs the model that was written, node by node.
func verifyONNX(engine compute.Backend, path string, s selection) (float64, error) {
	m, err := onnx.Read(path)
	if err != nil {
		return 0, err
	}
	images := probe(s.vit.InChannels, s.imageSize())
	want, err := network{s.model.Network, s.backbone, nil, nil}.outputs(engine, images)
	if err != nil {
		return 0, err
	}
	exec, err := graph.NewExec(engine, m.Forward)
	if err != nil {
		return 0, err
	}
	results, err := exec.WithName("dino.onnx").Call(images)
	if err != nil {
		return 0, err
	}
	got := make([][]float32, len(results))
	for i, r := range results {
		if got[i], err = tensors.CopyFlatData[float32](r); err != nil {
			return 0, err
		}
	}
	return largest(want, got)
}

// sameTensor verifies that a tensor came back to the bit.
func sameTensor(name string, want, got *weights.Tensor) error {
	if want == nil && got == nil {
		return nil
	}
	if want == nil || got == nil || want.DType != got.DType || !slices.Equal(want.Shape, got.Shape) ||
		!slices.Equal(want.Data, got.Data) {
		return fmt.Errorf("the %s is not what was written", name)
	}
	return nil
}
