package dino

import (
	"context"
	"fmt"
	"runtime"
	"sync"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/inference"
	"github.com/dino-go/dino/nets"

	"github.com/dino-go/dino/weights/layout"
)

// Encoder is a trained network in use. It comes from [Load] and is safe for concurrent use.
type Encoder struct {
	Config        nets.Config          // the network
	Preprocessing layout.Preprocessing // how [Encoder.Embed] prepares images
	Notes         []string             // what was assumed about the weights, one sentence each

	network  *inference.Network
	features inference.Features
}

// embedBatch is how many images go through the network at once.
const embedBatch = 32

// Embed returns a row of features for every image, in order. Images are prepared as the weights ask
// for: see [layout.Preprocessing]. Rows are not
// normalised: see [eval.Matrix.Normalized].
func (e *Encoder) Embed(ctx context.Context, images []*augment.Image) (eval.Matrix, error) {
	out := eval.Matrix{Cols: e.features.Width(e.Config)}
	for first := 0; first < len(images); first += embedBatch {
		batch := images[first:min(first+embedBatch, len(images))]
		size := e.Preprocessing.Sides()
		pixels := make([]float32, len(batch)*e.Config.Geometry().Channels*size[0]*size[1])
		if err := e.prepare(pixels, batch, first); err != nil {
			return eval.Matrix{}, err
		}
		rows, err := e.network.Features(ctx, e.features, pixels, size[0], size[1])
		if err != nil {
			return eval.Matrix{}, err
		}
		out.Rows += rows.Rows
		out.Data = append(out.Data, rows.Data...)
	}
	return out, nil
}

// prepare writes normalised images to pixels [B, C, height, width]. first is the position of the
// first image, for errors.
func (e *Encoder) prepare(pixels []float32, images []*augment.Image, first int) error {
	for i, img := range images {
		if err := checkImage(img); err != nil {
			return fmt.Errorf("dino: image %d: %w", first+i, err)
		}
	}
	preparer := augment.NewPreparer(e.Preprocessing.Preparation())
	one := len(pixels) / max(1, len(images))
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(images)) {
		workers.Go(func() {
			var scratch augment.Scratch
			for i := range next {
				preparer.Into(pixels[i*one:(i+1)*one], images[i], &scratch)
			}
		})
	}
	for i := range images {
		next <- i
	}
	close(next)
	workers.Wait()
	return nil
}

// ReadImage is the function [ReadImage] with the range of values, the background and the pages that
// the network was trained with: see [layout.Preprocessing].
func (e *Encoder) ReadImage(path string) (*augment.Image, error) {
	return inference.Reading(e.Preprocessing).DecodeFile(path)
}

// Attention is the self-attention and the patch tokens of the last block for one image of Rows ×
// Cols patches of Patch × Patch pixels.
type Attention struct {
	Rows, Cols, Patch int
	// Heads is the attention of the class token to the patches in the last block,
	// [heads][Rows·Cols], row-major. What the class token gives to itself and to registers is not
	// in it, so that a head sums up to less than 1.
	Heads [][]float32
	// Tokens are the patch tokens after the final norm, [Rows·Cols, D].
	Tokens eval.Matrix
}

// Attention returns the attention maps and patch tokens of an image of any size. The image is taken
// at its own resolution: it is neither resized nor cut, but for the pixels at the bottom and right
// that do not fill a patch. Time grows with the square of its area.
func (e *Encoder) Attention(ctx context.Context, img *augment.Image) (Attention, error) {
	if err := checkImage(img); err != nil {
		return Attention{}, fmt.Errorf("dino: %w", err)
	}
	if err := inference.CheckAttention(e.Config); err != nil {
		return Attention{}, fmt.Errorf("dino: attention: %w", err)
	}
	patch := e.Config.Geometry().Patch
	rows, cols := img.Height/patch, img.Width/patch
	if rows < 1 || cols < 1 {
		return Attention{}, fmt.Errorf("dino: attention: the image is %d×%d pixels: both sides must be at least "+
			"a patch (%d)", img.Width, img.Height, patch)
	}
	height, width := rows*patch, cols*patch
	pixels := make([]float32, 3*height*width)
	inference.Normalizer(e.Preprocessing).Into(pixels, topLeft(img, width, height))
	a, err := e.network.Attention(ctx, pixels, height, width)
	if err != nil {
		return Attention{}, err
	}
	out := Attention{Rows: rows, Cols: cols, Patch: patch, Tokens: a.Patches}
	for head := range e.Config.Outputs().Heads {
		row := a.Class[head*a.Tokens : (head+1)*a.Tokens]
		out.Heads = append(out.Heads, row[a.Tokens-rows*cols:])
	}
	return out, nil
}

// topLeft cuts width × height pixels out of the corner of an image.
func topLeft(img *augment.Image, width, height int) *augment.Image {
	if img.Width == width && img.Height == height {
		return img
	}
	out := augment.NewImage(width, height)
	for y := range height {
		copy(out.Pix[3*width*y:3*width*(y+1)], img.Pix[3*img.Width*y:])
	}
	return out
}

func checkImage(img *augment.Image) error {
	if img == nil || img.Width < 1 || img.Height < 1 || len(img.Pix) != 3*img.Width*img.Height {
		return fmt.Errorf("the image is nil or its pixels do not fit its sides: must be Width × Height × 3 samples")
	}
	return nil
}
