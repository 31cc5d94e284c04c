package export

import (
	"fmt"

	"github.com/dino-go/dino/weights/onnx"
)

// writeONNX writes the backbone as a model for images of one size.
func writeONNX(path string, s selection) ([]string, error) {
	metadata, err := s.metadata()
	if err != nil {
		return nil, err
	}
	size := s.imageSize()
	m, err := onnx.New(onnx.Transformer{Config: s.vit, Tensors: s.backbone, Size: size, Metadata: metadata})
	if err != nil {
		return nil, err
	}
	note := fmt.Sprintf("the position embedding is fixed to images of %d×%d pixels", size[1], size[0])
	return []string{note}, onnx.Write(path, m)
}

// imageSize is the height and width of the images that an ONNX model takes: what was asked for, or
// what the weights are used with.
func (s selection) imageSize() [2]int {
	if s.Size != [2]int{} {
		return s.Size
	}
	size := s.model.Preprocessing.Sides()
	if min(size[0], size[1]) < s.vit.PatchSize {
		return s.vit.ImageSize
	}
	return [2]int{size[0] - size[0]%s.vit.PatchSize, size[1] - size[1]%s.vit.PatchSize}
}
