package export_test

import (
	"bytes"
	"math"
	"slices"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/dino-go/dino/nets/projection"
	"github.com/dino-go/dino/nets/vit"
	"github.com/dino-go/dino/weights"
	"github.com/dino-go/dino/weights/layout"
)

// drawModel draws a backbone with all options that some format has.
func drawModel(r *rapid.T) *layout.Model {
	heads := rapid.IntRange(1, 3).Draw(r, "heads")
	patch := rapid.SampledFrom([]int{2, 4, 7}).Draw(r, "patch")
	c := vit.Custom(patch*rapid.IntRange(1, 4).Draw(r, "grid"), patch, 24*heads, rapid.IntRange(1, 2).Draw(r, "depth"),
		heads)
	c.ImageSize[1] = patch * rapid.IntRange(1, 4).Draw(r, "columns")
	c.QKVBias = rapid.Bool().Draw(r, "qkv bias")
	if c.PosEmbed = rapid.SampledFrom([]string{vit.PosEmbedTimm, vit.PosEmbedOfficial, vit.PosEmbedHF}).Draw(r,
		"position"); c.PosEmbed == vit.PosEmbedOfficial {
		c.ImageSize[1] = c.ImageSize[0] // it is not the identity for another shape
	}
	if rapid.Bool().Draw(r, "layer scale") {
		c.LayerScale = 1
	}
	c.RegTokens = rapid.IntRange(0, 2).Draw(r, "registers")
	c.NoEmbedClass = rapid.Bool().Draw(r, "no embed class")
	if c.SwiGLU = rapid.Bool().Draw(r, "swiglu"); c.SwiGLU {
		c.MLPRatio = 8. / 3 // a multiple of 8 for every width here
	}
	if rapid.Bool().Draw(r, "average pooling") {
		c.GlobalPool, c.ClassToken = vit.PoolAvg, rapid.Bool().Draw(r, "class token")
	}
	return modelOf(r, c)
}

// modelOf draws the weights of a network.
func modelOf(r *rapid.T, c vit.Config) *layout.Model {
	p := layout.Preprocessing{
		Size: c.ImageSize[0], CropFraction: 0.875, Interpolation: "bicubic",
		Mean: [3]float64{0.4, 0.5, 0.6}, Std: [3]float64{0.2, 0.25, 0.3},
	}
	return &layout.Model{
		Description: layout.Description{Layout: layout.DINO, Path: "drawn", Network: c, Preprocessing: p},
		Teacher:     drawTensors(r, c.Shapes()),
	}
}

// drawTensors draws tensors of given shapes.
func drawTensors(r *rapid.T, shapes map[string][]int) map[string]weights.Tensor {
	seed := rapid.Uint32().Draw(r, "seed")
	out := map[string]weights.Tensor{}
	for name, shape := range shapes {
		n := 1
		for _, d := range shape {
			n *= d
		}
		values := make([]float32, n)
		state := seed
		for _, letter := range name {
			state = state*31 + uint32(letter)
		}
		for i := range values {
			state = state*1664525 + 1013904223
			values[i] = float32(math.Sin(float64(state>>8))) * 0.3
		}
		out[name] = weights.FromFloat32s(shape, values)
	}
	return out
}

// addTraining adds a student, heads and a center.
func addTraining(r *rapid.T, m *layout.Model) {
	m.Head = &layout.Head{
		Kind:   rapid.SampledFrom([]string{projection.Seed, projection.Official}).Draw(r, "head"),
		Hidden: 10, Bottleneck: 6, Prototypes: 9, Layers: 3,
	}
	if m.Head.Kind == projection.Official {
		m.Head.Layers = rapid.IntRange(1, 4).Draw(r, "layers")
		m.Head.BatchNorm = m.Head.Layers > 1 && rapid.Bool().Draw(r, "batch norm")
		if m.Head.Layers == 1 {
			m.Head.Hidden = 0
		}
	}
	head := func() map[string]weights.Tensor {
		out := drawTensors(r, m.Head.Shapes(m.Network.Width()))
		for name, t := range out {
			if values, err := t.Float32s(); err == nil && len(t.Shape) > 0 {
				for i := range values {
					values[i] = float32(math.Abs(float64(values[i]))) + 0.1 // variances and factors are positive
				}
				out[name] = weights.FromFloat32s(t.Shape, values)
			} else {
				out[name] = weights.FromInt64s(nil, []int64{7}) // batches counted by a batch norm
			}
		}
		return out
	}
	m.Student, m.TeacherHead, m.StudentHead = drawTensors(r, m.Network.Shapes()), head(), head()
	center := drawTensors(r, map[string][]int{"center": {1, m.Head.Prototypes}})["center"]
	m.Center = &center
}

// tensors makes cmp compare tensors as a whole, which is quick.
var tensors = cmp.Comparer(func(a, b weights.Tensor) bool {
	return a.DType == b.DType && slices.Equal(a.Shape, b.Shape) && bytes.Equal(a.Data, b.Data)
})

// sameTraining compares what training goes on from.
func sameTraining(r *rapid.T, want, got *layout.Model) {
	for name, pair := range map[string][2]any{
		"teacher": {want.Teacher, got.Teacher}, "student": {want.Student, got.Student},
		"center": {want.Center, got.Center}, "description of the head": {want.Head, got.Head},
		"teacher's head": {want.TeacherHead, got.TeacherHead}, "student's head": {want.StudentHead, got.StudentHead},
	} {
		if diff := cmp.Diff(pair[0], pair[1], tensors); diff != "" {
			r.Errorf("%s: %s", name, diff)
		}
	}
}
