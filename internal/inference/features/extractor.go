package features

import (
	"context"
	"sync"
	"time"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/data/loader"
	"github.com/dino-go/dino/internal/data/order"
	"github.com/dino-go/dino/internal/inference"
)

// Extractor computes features of one kind with a network whose weights do not change.
type Extractor struct {
	Network  *inference.Network
	Features inference.Features
}

// Validate reports features that the network does not have, or preprocessing that it cannot take.
func (e Extractor) Validate() error {
	if err := e.Features.Validate(e.Network.Config); err != nil {
		return err
	}
	return inference.CheckPreprocessing(e.Network.Config, e.Network.Preprocessing)
}

// Batch holds the features of some images.
type Batch struct {
	Taken  int           // images that were asked for, those that could not be decoded included
	Images []int         // of the index: those that could be decoded
	Sizes  [][2]int      // their widths and heights in pixels
	Rows   eval.Matrix   // [len(Images)·n, D], with n = 1, or the number of patches of an image
	Wait   time.Duration // spent waiting for the images
}

// Stream shows the features of images, in order. Images that cannot be decoded are left out.
func (e Extractor) Stream(ctx context.Context, s Source, images []int, visit func(Batch) error) error {
	p := e.Network.Preprocessing
	views, render := loader.Plain(p.Preparation())
	sizes := sizeRecord{sizes: map[int][2]int{}}
	o := order.InOrder{Images: images, Batch: s.Batch}
	return walk(ctx, s, o, views, sizes.record(render), func(batch *loader.Batch, wait time.Duration) error {
		rows, err := e.Network.Features(ctx, e.Features, batch.Views[0], p.Sides()[0], p.Sides()[1])
		if err != nil {
			return err
		}
		out := Batch{Taken: len(batch.Index), Rows: decoded(rows, batch.Index), Wait: wait}
		for _, image := range batch.Index {
			if image >= 0 {
				out.Images = append(out.Images, image)
				out.Sizes = append(out.Sizes, sizes.take(image))
			}
		}
		return visit(out)
	})
}

// decoded moves the rows of the images that could be decoded together.
func decoded(m eval.Matrix, images []int) eval.Matrix {
	if len(images) == 0 {
		return m
	}
	each, kept := len(m.Data)/len(images), 0
	for i, image := range images {
		if image >= 0 {
			copy(m.Data[kept*each:(kept+1)*each], m.Data[i*each:(i+1)*each])
			kept++
		}
	}
	rows := m.Rows / len(images) * kept
	return eval.Matrix{Rows: rows, Cols: m.Cols, Data: m.Data[:rows*m.Cols]}
}

// sizeRecord remembers the sizes of images from when they are decoded until they are asked for.
type sizeRecord struct {
	mu    sync.Mutex
	sizes map[int][2]int
}

func (r *sizeRecord) record(render func() loader.RenderFunc) func() loader.RenderFunc {
	return func() loader.RenderFunc {
		draw := render()
		return func(img *augment.Image, epoch, index int, dst [][]float32) {
			r.mu.Lock()
			r.sizes[index] = [2]int{img.Width, img.Height}
			r.mu.Unlock()
			draw(img, epoch, index, dst)
		}
	}
}

func (r *sizeRecord) take(image int) [2]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	size := r.sizes[image]
	delete(r.sizes, image)
	return size
}
