package snapshots

import (
	"fmt"

	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/regularfile"
	"github.com/dino-go/dino/weights"
)

// tensorName is that of the features.
const tensorName = "features"

// writeFeatures writes rows as a safetensors file.
func writeFeatures(path string, rows eval.Matrix) error {
	tensor := weights.FromFloat32s([]int{rows.Rows, rows.Cols}, rows.Data)
	return weights.Write(path, map[string]weights.Tensor{tensorName: tensor}, nil)
}

// Features reads those of a snapshot, [images, D]; rows of zeros are those of images that could not
// be decoded then. The file must be as this program writes it.
func Features(run string, step, images int) (eval.Matrix, error) {
	path := File(run, step)
	if err := regularfile.CheckOwn(path); err != nil {
		return eval.Matrix{}, err
	}
	file, err := weights.Open(path)
	if err != nil {
		return eval.Matrix{}, err
	}
	defer file.Close()
	info, ok := file.Info(tensorName)
	if !ok || len(info.Shape) != 2 || info.Shape[0] != images || info.Shape[1] < 1 ||
		info.Shape[1] > MostNumbers/images {
		return eval.Matrix{}, fmt.Errorf("%s: holds no %s of %d images, of at most %d numbers in all", path, tensorName,
			images, MostNumbers)
	}
	tensor, err := file.Tensor(tensorName)
	if err != nil {
		return eval.Matrix{}, err
	}
	rows, err := tensor.Float32s()
	if err != nil {
		return eval.Matrix{}, fmt.Errorf("%s: %w", path, err)
	}
	return eval.Matrix{Rows: info.Shape[0], Cols: info.Shape[1], Data: rows}, nil
}
