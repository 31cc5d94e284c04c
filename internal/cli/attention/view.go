package attention

import (
	"context"
	"fmt"

	"github.com/dino-go/dino"
	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/data/imageio"
	"github.com/dino-go/dino/internal/output/attnmap"

	"github.com/dino-go/dino/internal/cli/imagesize"
)

// maxAttentionBytes is the memory that the attention of one image may take.
const maxAttentionBytes = 4 << 30

// view is what the network sees in one image.
type view struct {
	image         *augment.Image // cut to whole patches
	width, height int            // before the cut
	attention     dino.Attention
}

func (v *view) grid() attnmap.Grid {
	return attnmap.Grid{Rows: v.attention.Rows, Cols: v.attention.Cols}
}

func (v *view) tokens() attnmap.PatchTokens {
	return attnmap.PatchTokens{Grid: v.grid(), Features: v.attention.Tokens}
}

// badImage is the reason why an image is left out.
type badImage struct{ error }

// look runs the network on an image file. Its error is a [badImage] if other images may do better.
func (g *gallery) look(ctx context.Context, path string) (*view, error) {
	img, err := g.decode(path)
	if imageio.Undecodable(err) {
		return nil, badImage{err}
	}
	if err != nil {
		return nil, err
	}
	img = g.resize(img)
	cut, grid, err := attnmap.Crop(img, g.network.Config.Geometry().Patch)
	if err != nil {
		return nil, badImage{fmt.Errorf("%s: %w; --size or --shorter enlarges it", path, err)}
	}
	parts := g.network.Config.Outputs()
	tokens := float64(grid.Patches() + parts.Prefix)
	if bytes := 4 * tokens * tokens * float64(parts.Heads); bytes > maxAttentionBytes {
		return nil, badImage{fmt.Errorf("%s: attention among %.0f patches of %d×%d pixels would take %.0f GB: reduce "+
			"the image with --size or --shorter",
			path, tokens, img.Width, img.Height, bytes/(1<<30))}
	}
	a, err := g.network.Attention(ctx, cut)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &view{image: cut, width: img.Width, height: img.Height, attention: a}, nil
}

// resize brings an image to the size that the options ask for.
func (g *gallery) resize(img *augment.Image) *augment.Image {
	interpolation := augment.Interpolation(g.network.Preprocessing.Interpolation)
	switch {
	case g.Size != imagesize.Value{}:
		return g.scratch.Apply(img, augment.Resize{Height: g.Size[0], Width: g.Size[1], Interpolation: interpolation})
	case g.Shorter > 0:
		return g.scratch.Apply(img, augment.ResizeShorter{Shorter: g.Shorter, Interpolation: interpolation})
	case min(img.Width, img.Height) > defaultShorter:
		return g.scratch.Apply(img, augment.ResizeShorter{Shorter: defaultShorter, Interpolation: interpolation})
	}
	return img
}
