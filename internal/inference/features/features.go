// Package features runs a network over images and collects what comes out, for evaluations.
package features

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/data/folder"
	"github.com/dino-go/dino/internal/data/loader"
	"github.com/dino-go/dino/internal/data/order"
	"github.com/dino-go/dino/internal/layer"
	"github.com/dino-go/dino/internal/memory"
	"github.com/dino-go/dino/weights/layout"
)

// Source is where images come from.
type Source struct {
	Index   *folder.Index
	Decode  func(path string) (*augment.Image, error)
	Workers int
	Batch   int // images a pass

	BadImages func([]loader.BadImage) error // records images that cannot be decoded; nil forgets them
	Taken     func(images int) error        // hears how many more images are through; nil for nobody
	Kept      func(images []int)            // hears which images have a row, in the order of rows; nil for nobody
}

// Teacher computes the teacher's features with the weights that a store holds at the time.
type Teacher struct {
	exec       *model.Exec
	preprocess layout.Preprocessing
}

// NewTeacher prepares the evaluation path of a model.
func NewTeacher(backend compute.Backend, store *model.Store, m *distill.Model,
	p layout.Preprocessing,
) (*Teacher, error) {
	exec, err := model.NewExec(backend, store, func(scope *model.Scope, images *graph.Node) *graph.Node {
		return m.Forward(scope, distill.Input{Images: images}, nil).Embedding
	})
	if err != nil {
		return nil, fmt.Errorf("features: %w", err)
	}
	return &Teacher{exec.WithName("dino.features"), p}, nil
}

// Close frees what the evaluation path has compiled.
func (t *Teacher) Close() { t.exec.Finalize() }

// Rehearse compiles the pass over a batch without running it, on variables that have shapes and no
// values, and returns the bytes that it takes; planned tells them of the engine's executable. The
// store must be empty.
func (t *Teacher) Rehearse(batch int, planned func(compute.Executable) (int64, bool)) (int64, error) {
	return rehearse(t.exec, batch, t.preprocess.Sides(), planned)
}

func rehearse(pass *model.Exec, batch int, sides [2]int,
	planned func(compute.Executable) (int64, bool),
) (int64, error) {
	defer pass.Finalize()
	pass.Store().SetParam("/"+layer.ParamShapes, true)
	images := shapes.Make(dtypes.Float32, batch, 3, sides[0], sides[1])
	g, err := pass.Compile(images)
	if err != nil {
		return 0, fmt.Errorf("features: %w", err)
	}
	taken, _ := planned(g.Executable())
	return taken + 4*int64(images.ByteSize()), nil // the batch is loaded ahead, and copied once
}

// Extract returns the features of images, in order, with their labels. Images that cannot be
// decoded are left out.
func (t *Teacher) Extract(ctx context.Context, s Source, images []int) (eval.Features, error) {
	p := t.preprocess
	views, render := loader.Plain(p.Preparation())
	height, width := views[0].Height, views[0].Width
	return collect(ctx, s, images, views, render, func(batch []float32) (*tensors.Tensor, error) {
		outputs, err := t.exec.Call(tensors.FromFlatDataAndDimensions(batch, len(batch)/(3*height*width), 3, height,
			width))
		if err != nil {
			return nil, fmt.Errorf("features: %w", err)
		}
		return outputs[0], nil
	})
}

// Pixels returns raw pixels as features: see [eval.PixelFeatures].
func Pixels(ctx context.Context, s Source, images []int, size int) (eval.Features, error) {
	views := []loader.Size{{Height: size, Width: size}}
	render := func() loader.RenderFunc {
		return func(img *augment.Image, _, _ int, dst [][]float32) { copy(dst[0], eval.PixelFeatures(img, size)) }
	}
	return collect(ctx, s, images, views, render, func(batch []float32) (*tensors.Tensor, error) {
		width := 3 * size * size
		return tensors.FromFlatDataAndDimensions(batch, len(batch)/width, width), nil
	})
}

// collect gathers the rows [B, D] that compute makes of each batch [B, 3, H, W].
func collect(ctx context.Context, s Source, images []int, views []loader.Size, render func() loader.RenderFunc,
	compute func([]float32) (*tensors.Tensor, error),
) (eval.Features, error) {
	var out eval.Features
	o := order.InOrder{Images: images, Batch: s.Batch}
	err := walk(ctx, s, o, views, render, func(batch *loader.Batch, _ time.Duration) error {
		rows, err := compute(batch.Views[0])
		if err != nil {
			return err
		}
		if out.Data == nil { // all at once: a list that grows is there twice while it does
			out.Data = make([]float32, 0, len(images)*rows.Shape().Dim(1))
		}
		return gather(&out, s, batch.Index, rows)
	})
	return out, err
}

// sampler says which images the batches of an evaluation have.
type sampler interface {
	loader.Order
	Steps() int
}

// walk shows the batches of an order once, with the time that was spent waiting for each.
func walk(ctx context.Context, s Source, o sampler, views []loader.Size, render func() loader.RenderFunc,
	visit func(*loader.Batch, time.Duration) error,
) error {
	if err := checkBatches(min(s.Batch, o.Len()), views); err != nil {
		return err
	}
	l, err := loader.New(ctx, loader.Config{
		Order: o, Last: o.Steps(), Path: s.Index.Path, Decode: s.Decode, NewRender: render, Views: views,
		Workers: s.Workers, Prefetch: prefetch, MaxBadShare: 1, LeaveOut: true,
	})
	if err != nil {
		return err
	}
	defer l.Close()
	for {
		batch, wait, err := l.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if s.BadImages != nil {
			if err := s.BadImages(batch.Bad); err != nil {
				return err
			}
		}
		if err := visit(batch, wait); err != nil {
			return err
		}
		if s.Taken != nil {
			if err := s.Taken(len(batch.Index)); err != nil {
				return err
			}
		}
		batch.Release()
	}
}

// prefetch is how many batches are loaded ahead.
const prefetch = 2

// checkBatches refuses batches that would not fit into memory.
func checkBatches(images int, views []loader.Size) error {
	var each int64
	for _, v := range views {
		each += 3 * 4 * int64(v.Height) * int64(v.Width)
	}
	if err := memory.Check((prefetch + 1) * int64(images) * each); err != nil {
		return fmt.Errorf("features: loading batches of %d images of %d×%d pixels %w: smaller batches (--batch) and "+
			"images (--size) need less", images, views[0].Width, views[0].Height, err)
	}
	return nil
}

func gather(out *eval.Features, s Source, images []int, rows *tensors.Tensor) error {
	values, err := tensors.CopyFlatData[float32](rows)
	if err != nil {
		return fmt.Errorf("features: %w", err)
	}
	width := rows.Shape().Dim(1)
	out.Cols = width
	for i, image := range images {
		if image < 0 {
			continue // could not be decoded
		}
		out.Rows++
		out.Data = append(out.Data, values[i*width:(i+1)*width]...)
		out.Labels = append(out.Labels, s.Index.Files[image].Label)
		if s.Kept != nil {
			s.Kept([]int{image})
		}
	}
	return nil
}
