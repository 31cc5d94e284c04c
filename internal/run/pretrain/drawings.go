package pretrain

import (
	"context"
	"errors"
	"math"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/inference/features"
	"github.com/dino-go/dino/internal/output/attnmap"
	"github.com/dino-go/dino/internal/run/pictures"
)

// attention is the sheet of what the class token attends to; nil where the network has none.
func (p *pictured) attention(inside []features.Inside) ([]byte, error) {
	if p.tokens.Unattended() != nil {
		return nil, nil
	}
	tiles := make([]*augment.Image, len(inside))
	for i, x := range inside {
		for _, v := range x.Attention {
			if !(v >= 0) || math.IsInf(float64(v), 0) {
				return nil, errors.New("the attention is non-finite")
			}
		}
		var err error
		if tiles[i], err = attnmap.Share(x.Attention, attnmap.Grid{Rows: x.Rows, Cols: x.Cols},
			attnmap.Viridis); err != nil {
			return nil, err
		}
	}
	return row(tiles)
}

// colours is the sheet of the patch tokens in colours that stay, as far as the tokens do.
func (p *pictured) colours(ctx context.Context, inside []features.Inside) ([]byte, error) {
	tokens := make([]attnmap.PatchTokens, len(inside))
	for i, x := range inside {
		tokens[i] = attnmap.PatchTokens{Grid: attnmap.Grid{Rows: x.Rows, Cols: x.Cols}, Features: x.Patches}
	}
	if p.before == nil {
		content, err := p.folder.Before()
		if err != nil {
			return nil, err
		}
		if content != nil { // a sheet that was damaged is no reason to stop: the colours begin anew
			p.before, _ = unrow(content, len(inside), inside[0].Rows, inside[0].Cols)
		}
	}
	tiles, err := attnmap.SteadyColors(ctx, tokens, p.before)
	if err != nil {
		return nil, err
	}
	p.before = tiles
	return row(tiles)
}

// nearby are the neighbours of the followed images, by the score of this step, or among the images
// of the map, which keeps what is computed of them.
func (p *pictured) nearby(ctx context.Context) (nearby, error) {
	if p.scoring != nil {
		return p.scoring.near, nil
	}
	looked, err := p.mapping.look(ctx)
	if err != nil {
		return nearby{}, err
	}
	p.mapping.found = p.mapping.gather(looked)
	for i, image := range p.mapping.sample.images {
		if _, ok := p.small[image]; !ok {
			p.small[image] = resized(p.mapping.sample.pictures[i], neighbourSide)
		}
	}
	return nearest(ctx, looked, looked, p.fixed.Images), nil
}

// neighbours enters the neighbours into an epoch, and is their sheet: a row the nearest ones.
func (p *pictured) neighbours(near nearby, e *pictures.Epoch) ([]byte, error) {
	if near.why != "" {
		return nil, errors.New(near.why)
	}
	e.Neighbours = make([][]pictures.Neighbour, len(p.fixed.Images))
	var rows [][]*augment.Image
	for i, image := range p.fixed.Images {
		e.Neighbours[i] = []pictures.Neighbour{}
		for k, n := range near.of[image] {
			if k == len(rows) {
				rows = append(rows, make([]*augment.Image, len(p.fixed.Images)))
			}
			rows[k][i] = p.small[n.image]
			e.Neighbours[i] = append(e.Neighbours[i], pictures.Neighbour{
				File: p.filesOf([]int{n.image})[0], Similarity: math.Round(n.similarity*1e4) / 1e4,
			})
		}
	}
	if len(rows) == 0 {
		return nil, errors.New("there is no image to compare with")
	}
	for _, tiles := range rows { // all tiles of a sheet have one size
		for i, tile := range tiles {
			if tile == nil {
				tiles[i] = augment.NewImage(neighbourSide, neighbourSide)
			}
		}
	}
	return photoSheet(rows, 0)
}

// loadSmall decodes the neighbours that were none before. Those that cannot be decoded stay black.
func (p *pictured) loadSmall(ctx context.Context, near nearby) error {
	var fresh []int
	for _, image := range p.fixed.Images {
		for _, n := range near.of[image] {
			if _, ok := p.small[n.image]; !ok {
				p.small[n.image] = augment.NewImage(neighbourSide, neighbourSide)
				fresh = append(fresh, n.image)
			}
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	fixed, err := features.Fix(ctx, p.plainSource(), fresh, p.preprocessing())
	if err != nil {
		return err
	}
	for i, img := range fixed.Pictures() {
		p.small[fixed.Images[i]] = resized(img, neighbourSide)
	}
	return nil
}
