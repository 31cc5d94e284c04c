package eval

import (
	"context"
	"fmt"
	"math"
)

// LabelPropagation segments a video without training, as the official DINO
// evaluation on DAVIS 2017 does (eval_video_segmentation.py): the labels of the
// first frame's patches are carried to each next frame by the similarity of patch
// features. A patch gets the mean of the labels of its K most similar patches in
// the first and the last Frames frames, weighted with
//
//	exp(cosine / Temperature)
type LabelPropagation struct {
	K           int     // most similar patches
	Frames      int     // preceding frames beside the first
	Temperature float64 // 0.1 in the official evaluation
	// Radius bounds how many rows or columns of patches the similar patch may be
	// away; 0 means no bound.
	Radius  int
	Workers int // goroutines; 0 means one a core
}

// DefaultLabelPropagation has the official settings.
func DefaultLabelPropagation() LabelPropagation {
	return LabelPropagation{K: 5, Frames: 7, Temperature: 0.1, Radius: 12}
}

// FrameSize returns the size to which the official evaluation brings a frame
// before the network sees it: the shorter side becomes short, 480 in DAVIS' case,
// and the longer one keeps the ratio, rounded down to a multiple of 64. (It also
// divides by the standard deviations .228, .224 and .225 of the channels, where
// everything else has .229 for the first.)
func FrameSize(width, height, short int) (int, int, error) {
	const multiple = 64
	if width < 1 || height < 1 || short < multiple {
		return 0, 0, fmt.Errorf("eval: frame size: %d×%d pixels to a shorter side of %d: must be positive, and the "+
			"side at least %d", width, height, short, multiple)
	}
	if height > width {
		return short, short * height / width / multiple * multiple, nil
	}
	return short * width / height / multiple * multiple, short, nil
}

// Tracker carries labels through one video.
type Tracker struct {
	LabelPropagation
	rows, cols int // of patches
	context    []trackedFrame
}

// trackedFrame is a frame whose labels are known.
type trackedFrame struct {
	features Matrix // [patches, columns]
	labels   Matrix // [patches, classes]
}

// Start begins a video with the patch features [rows·cols, columns] of its first
// frame and their labels [rows·cols, classes], see [LabelMap.OneHot]. It fails on
// features or labels that are empty, non-finite or of another number of patches.
func (p LabelPropagation) Start(rows, cols int, features, labels Matrix) (*Tracker, error) {
	switch {
	case p.K < 1:
		return nil, fmt.Errorf("eval: label propagation: %d similar patches: must be at least 1; 5 is usual", p.K)
	case p.Frames < 0 || p.Radius < 0:
		return nil, fmt.Errorf("eval: label propagation: %d frames, radius %d: must not be negative", p.Frames,
			p.Radius)
	case !(p.Temperature >= MinTemperature) || math.IsInf(p.Temperature, 0):
		return nil, fmt.Errorf("eval: label propagation: temperature is %v: must be finite and at least %.4f; "+
			"0.1 is usual", p.Temperature, MinTemperature)
	}
	t := &Tracker{LabelPropagation: p, rows: rows, cols: cols}
	if err := t.checkFrame(features); err != nil {
		return nil, err
	}
	if err := labels.check("label"); err != nil {
		return nil, err
	}
	if labels.Rows != rows*cols {
		return nil, fmt.Errorf("eval: label propagation: %d labels for a grid of %d×%d patches", labels.Rows, rows,
			cols)
	}
	t.context = []trackedFrame{{features, labels}}
	return t, nil
}

func (t *Tracker) checkFrame(features Matrix) error {
	if err := features.check("patch"); err != nil {
		return err
	}
	if features.Rows != t.rows*t.cols {
		return fmt.Errorf("eval: label propagation: %d patch features for a grid of %d×%d patches", features.Rows,
			t.rows, t.cols)
	}
	if len(t.context) > 0 && features.Cols != t.context[0].features.Cols {
		return fmt.Errorf("eval: label propagation: patch features have %d columns, those of the first frame %d",
			features.Cols, t.context[0].features.Cols)
	}
	return nil
}

// Next returns the soft labels [patches, classes] of the next frame from its
// patch features. It fails on features that do not fit the first frame's, and
// when ctx is done.
func (t *Tracker) Next(ctx context.Context, features Matrix) (Matrix, error) {
	if err := t.checkFrame(features); err != nil {
		return Matrix{}, err
	}
	bank := Matrix{Cols: features.Cols}
	for _, frame := range t.context {
		bank.Rows += frame.features.Rows
		bank.Data = append(bank.Data, frame.features.Data...)
	}
	classes := t.context[0].labels.Cols
	labels := NewMatrix(features.Rows, classes)
	search := neighbourSearch{sweep: cosineSweep(bank, features), k: min(t.K, bank.Rows)}
	if t.Radius > 0 {
		search.skip = t.far
	}
	err := search.run(ctx, t.Workers, func() func(int, []Neighbour) {
		return func(patch int, near []Neighbour) { t.average(labels.Row(patch), near) }
	})
	if err != nil {
		return Matrix{}, fmt.Errorf("eval: label propagation: %w", err)
	}
	t.context = append(t.context, trackedFrame{features, labels})
	if len(t.context) > t.Frames+1 {
		t.context = append(t.context[:1], t.context[2:]...) // the first frame stays
	}
	return labels, nil
}

// far says whether a row of the bank lies outside the radius around a patch.
func (t *Tracker) far(row, patch int) bool {
	row %= t.rows * t.cols
	down, right := row/t.cols-patch/t.cols, row%t.cols-patch%t.cols
	return max(down, -down, right, -right) > t.Radius
}

// average sets label to the weighted mean of the neighbours' labels.
func (t *Tracker) average(label []float32, near []Neighbour) {
	sum := 0.0
	for _, n := range near {
		sum += math.Exp(n.Score / t.Temperature)
	}
	patches := t.rows * t.cols
	for _, n := range near {
		weight := float32(math.Exp(n.Score/t.Temperature) / sum)
		for class, v := range t.context[n.Row/patches].labels.Row(n.Row % patches) {
			label[class] += weight * v
		}
	}
}
