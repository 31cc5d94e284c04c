package attnmap

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/eval"
)

// mostFitted is how many patches principal components are fitted to: the time grows with the cube
// of it, or of the width of the tokens if that is less.
const mostFitted = 512

// SteadyColors shows the patch tokens of images as colours that can be followed while the network
// changes: an image a picture, of one pixel a patch. The three principal components of all patches,
// each of variance 1, are turned together, by the orthogonal matrix that brings them nearest to the
// colours before (Schönemann, "A generalized solution of the orthogonal Procrustes problem", 1966):
// components come in any order and with any sign, and would otherwise change their colours at will.
// before are pictures that it returned of the same images earlier; nil the first time. It fails on
// tokens that are non-finite, or that vary in fewer than three directions.
func SteadyColors(ctx context.Context, images []PatchTokens, before []*augment.Image) ([]*augment.Image, error) {
	all, _, err := gather(images)
	if err != nil {
		return nil, err
	}
	scores, err := whitened(ctx, all)
	if err != nil {
		return nil, err
	}
	if before != nil {
		colors, err := colorsOf(images, before)
		if err != nil {
			return nil, err
		}
		if scores, err = turned(scores, colors); err != nil {
			return nil, err
		}
	}
	return painted(images, scores), nil
}

// whitened are the first three principal components of tokens, [rows, 3], each of variance 1 over
// the rows that they were fitted to.
func whitened(ctx context.Context, all eval.Matrix) (eval.Matrix, error) {
	some := all
	if all.Rows > mostFitted {
		some = eval.NewMatrix(mostFitted, all.Cols)
		for i := range mostFitted {
			copy(some.Row(i), all.Row(i*all.Rows/mostFitted))
		}
	}
	pca, err := eval.FitPCA(ctx, some, 3)
	if err != nil {
		return eval.Matrix{}, fmt.Errorf("attnmap: %w", err)
	}
	scores, err := pca.Transform(all)
	if err != nil {
		return eval.Matrix{}, fmt.Errorf("attnmap: %w", err)
	}
	for i := range scores.Rows {
		for k, v := range scores.Row(i) {
			scores.Row(i)[k] = float32(float64(v) / math.Sqrt(pca.Variance[k]))
		}
	}
	return scores, nil
}

// colorsOf are the colours of the patches less their mean, [patches, 3].
func colorsOf(images []PatchTokens, pictures []*augment.Image) (*mat.Dense, error) {
	var values []float64
	for i, img := range pictures {
		if len(pictures) != len(images) || img.Width != images[i].Cols || img.Height != images[i].Grid.Rows {
			return nil, fmt.Errorf("attnmap: %d pictures before of %d images, picture %d of %d×%d pixels: must be one "+
				"for each image, with a pixel for each patch", len(pictures), len(images), i, img.Width, img.Height)
		}
		for _, v := range img.Pix {
			values = append(values, float64(v))
		}
	}
	var mean [3]float64
	for i, v := range values {
		mean[i%3] += 3 * v / float64(len(values))
	}
	for i := range values {
		values[i] -= mean[i%3]
	}
	return mat.NewDense(len(values)/3, 3, values), nil
}

// turned returns scores · Q for the orthogonal Q [3, 3] with the least ‖scores·Q − colors‖, which
// is U·Vᵀ of the singular value decomposition U·Σ·Vᵀ of scoresᵀ · colors.
func turned(scores eval.Matrix, colors *mat.Dense) (eval.Matrix, error) {
	s := mat.NewDense(scores.Rows, 3, nil)
	for i := range scores.Rows {
		for k, v := range scores.Row(i) {
			s.Set(i, k, float64(v))
		}
	}
	var product, q, u, v mat.Dense
	product.Mul(s.T(), colors)
	var svd mat.SVD
	if !svd.Factorize(&product, mat.SVDFull) {
		return scores, fmt.Errorf("attnmap: the components have no singular value decomposition with the " +
			"colours before")
	}
	svd.UTo(&u)
	svd.VTo(&v)
	q.Mul(&u, v.T())
	s.Mul(s, &q)
	out := eval.NewMatrix(scores.Rows, 3)
	for i, v := range s.RawMatrix().Data {
		out.Data[i] = float32(v)
	}
	return out, nil
}

// painted draws scores [patches, 3] of all images, each column over its range.
func painted(images []PatchTokens, scores eval.Matrix) []*augment.Image {
	var ranges [3]valueRange
	for k := range ranges {
		ranges[k] = centralRange(scores, k)
	}
	pictures, row := make([]*augment.Image, len(images)), 0
	for i, image := range images {
		pictures[i] = augment.NewImage(image.Cols, image.Grid.Rows)
		for p := range image.Patches() {
			for k, v := range scores.Row(row) {
				pictures[i].Pix[3*p+k] = uint8(math.Round(255 * ranges[k].of(v)))
			}
			row++
		}
	}
	return pictures
}

// centralRange is the range of a column without the outermost values.
func centralRange(scores eval.Matrix, column int) valueRange {
	values := make([]float32, scores.Rows)
	for i := range values {
		values[i] = scores.Row(i)[column]
	}
	slices.SortFunc(values, cmp.Compare)
	tail := int(colorTail * float64(len(values)))
	return newRange(values[tail : len(values)-tail])
}
