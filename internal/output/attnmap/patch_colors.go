package attnmap

import (
	"context"
	"fmt"
	"math"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/eval"
)

// PatchTokens are the patch tokens of one image.
type PatchTokens struct {
	Grid
	Features eval.Matrix // [Rows·Cols, columns]
}

// Colors shows patch tokens as colours, the same for all images that it is
// used on: the first principal component tells the foreground from the
// background, and the first three of the foreground's patches are red, green and
// blue (after Oquab et al., "DINOv2: Learning Robust Visual Features without
// Supervision", 2023).
type Colors struct {
	foreground *eval.PCA // nil: all is foreground
	sign       float64   // which end of the first component is the foreground
	scale      valueRange
	threshold  float64
	colors     eval.PCA
	ranges     [3]valueRange
}

// FitColors fits colours to the patches of one or more images. threshold is
// where the foreground begins on the first principal component, whose range
// over all the patches is mapped to 0…1, with the end at 1 that the outermost
// patches of the images are farther from; about 0.5. Below 0 all patches are
// foreground. It fails on tokens that are non-finite or differ in width, and if
// fewer than five patches are foreground.
func FitColors(ctx context.Context, images []PatchTokens, threshold float64) (*Colors, error) {
	all, border, err := gather(images)
	if err != nil {
		return nil, err
	}
	if !(threshold < 1) {
		return nil, fmt.Errorf("attnmap: foreground threshold is %v: must be less than 1; 0.5 is usual, and below 0 "+
			"takes all patches", threshold)
	}
	c := &Colors{threshold: threshold, sign: 1}
	if threshold >= 0 {
		if err := c.fitForeground(ctx, all, border); err != nil {
			return nil, err
		}
	}
	shown, err := c.isForeground(all)
	if err != nil {
		return nil, err
	}
	front := eval.Matrix{Cols: all.Cols}
	for i, is := range shown {
		if is {
			front.Rows++
			front.Data = append(front.Data, all.Row(i)...)
		}
	}
	if front.Rows < 5 {
		return nil, fmt.Errorf("attnmap: %d of %d patches are above the foreground threshold %v: three components "+
			"need five; lower it", front.Rows, all.Rows, threshold)
	}
	if c.colors, err = eval.FitPCA(ctx, front, 3); err != nil {
		return nil, fmt.Errorf("attnmap: %w", err)
	}
	return c, c.fitRanges(front)
}

// gather puts the patches of all images under one another, and says which lie at
// the border of their image.
func gather(images []PatchTokens) (all eval.Matrix, border []bool, err error) {
	if len(images) == 0 {
		return all, nil, fmt.Errorf("attnmap: no image to fit colours to")
	}
	all.Cols = images[0].Features.Cols
	for i, image := range images {
		if err := image.check(); err != nil {
			return all, nil, fmt.Errorf("attnmap: image %d: %w", i, err)
		}
		if image.Features.Cols != all.Cols {
			return all, nil, fmt.Errorf("attnmap: tokens of image %d have %d columns, those of image 0 %d", i,
				image.Features.Cols, all.Cols)
		}
		all.Rows += image.Features.Rows
		all.Data = append(all.Data, image.Features.Data...)
		for patch := range image.Patches() {
			y, x := patch/image.Cols, patch%image.Cols
			border = append(border, y == 0 || x == 0 || y == image.Rows-1 || x == image.Cols-1)
		}
	}
	return all, border, nil
}

func (p PatchTokens) check() error {
	if p.Rows < 1 || p.Cols < 1 || p.Features.Rows != p.Patches() ||
		len(p.Features.Data) != p.Features.Rows*p.Features.Cols {
		return fmt.Errorf("%d tokens for a grid of %d×%d patches", p.Features.Rows, p.Rows, p.Cols)
	}
	return nil
}

// fitForeground fits the first component and turns it so that the patches at the
// border have the lower mean.
func (c *Colors) fitForeground(ctx context.Context, all eval.Matrix, border []bool) error {
	pca, err := eval.FitPCA(ctx, all, 1)
	if err != nil {
		return fmt.Errorf("attnmap: %w", err)
	}
	scores, err := pca.Transform(all)
	if err != nil {
		return fmt.Errorf("attnmap: %w", err)
	}
	var sums, counts [2]float64
	for i, is := range border {
		side := 0
		if is {
			side = 1
		}
		sums[side] += float64(scores.Data[i])
		counts[side]++
	}
	if counts[0] > 0 && counts[1] > 0 && sums[1]/counts[1] > sums[0]/counts[0] {
		c.sign = -1
	}
	for i := range scores.Data {
		scores.Data[i] *= float32(c.sign)
	}
	c.foreground, c.scale = &pca, newRange(scores.Data)
	return nil
}

// isForeground says which patches are above the threshold.
func (c *Colors) isForeground(tokens eval.Matrix) ([]bool, error) {
	shown := make([]bool, tokens.Rows)
	if c.foreground == nil {
		for i := range shown {
			shown[i] = true
		}
		return shown, nil
	}
	scores, err := c.foreground.Transform(tokens)
	if err != nil {
		return nil, fmt.Errorf("attnmap: %w", err)
	}
	for i, v := range scores.Data {
		shown[i] = c.scale.of(v*float32(c.sign)) > c.threshold
	}
	return shown, nil
}

// colorTail is the share of patches at either end of a component that are shown
// in the same, extreme colour, so that a few do not take the range from the rest.
const colorTail = 0.01

// fitRanges sets the ranges of the three components over the foreground.
func (c *Colors) fitRanges(front eval.Matrix) error {
	scores, err := c.colors.Transform(front)
	if err != nil {
		return fmt.Errorf("attnmap: %w", err)
	}
	for k := range c.ranges {
		c.ranges[k] = centralRange(scores, k)
	}
	return nil
}

// Draw returns an image's patches as squares of patch pixels: the background
// black, the foreground in the colours of its components. It also returns which
// patches are foreground. It fails on tokens that the colours were not fitted
// for.
func (c *Colors) Draw(p PatchTokens, patch int) (*augment.Image, []bool, error) {
	if patch < 1 {
		return nil, nil, fmt.Errorf("attnmap: patches of %d pixels: must be at least 1", patch)
	}
	if err := p.check(); err != nil {
		return nil, nil, fmt.Errorf("attnmap: %w", err)
	}
	shown, err := c.isForeground(p.Features)
	if err != nil {
		return nil, nil, err
	}
	scores, err := c.colors.Transform(p.Features)
	if err != nil {
		return nil, nil, fmt.Errorf("attnmap: %w", err)
	}
	colors := make([][3]uint8, p.Patches())
	for i, is := range shown {
		for k := range 3 {
			if is {
				colors[i][k] = uint8(math.Round(255 * c.ranges[k].of(scores.Row(i)[k])))
			}
		}
	}
	img := augment.NewImage(p.Cols*patch, p.Grid.Rows*patch)
	for i, color := range Upsample(colors, p.Grid, patch) {
		copy(img.Pix[3*i:], color[:])
	}
	return img, shown, nil
}
