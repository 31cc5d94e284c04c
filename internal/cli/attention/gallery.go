package attention

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/dino-go/dino"
	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/atomicfile"
	"github.com/dino-go/dino/internal/data/imageio"
	"github.com/dino-go/dino/internal/output/attnmap"

	"github.com/dino-go/dino/internal/progress"
)

// gallery draws all images of a run of the command.
type gallery struct {
	Options
	network *dino.Encoder
	decode  func(path string) (*augment.Image, error)
	images  []input
	style   attnmap.Style
	printer *progress.Printer
	scratch augment.Scratch

	colors *attnmap.Colors // of patch tokens; nil if they could not be fitted
	seen   map[int]*view   // by image: what was computed to fit them and is not drawn yet
	bad    map[int]string  // by image: why it is left out

	sheets   sheets
	film     film
	overlaps overlaps
}

// draw makes all pictures.
func (g *gallery) draw(ctx context.Context) error {
	g.sheets = sheets{dir: g.Out, mass: g.Mass}
	g.film = film{path: g.Video, fps: g.FPS}
	defer g.film.abort()
	if err := g.fitColors(ctx); err != nil {
		return err
	}
	if len(g.bad) == len(g.images) {
		return fmt.Errorf("attention: none of %d images can be used; the first: %s", len(g.images), g.bad[0])
	}
	count := progress.Count{Total: len(g.images), What: "images drawn"}
	g.printer.Count(count)
	for i := range g.images {
		if err := g.drawImage(ctx, i); err != nil {
			return err
		}
		count.Done++
		g.printer.Count(count)
	}
	if err := g.sheets.flush(); err != nil {
		return err
	}
	if err := g.film.close(); err != nil {
		return err
	}
	return g.report()
}

// view returns what the network sees in image i, or nil if the image is left out.
func (g *gallery) view(ctx context.Context, i int) (*view, error) {
	if v := g.seen[i]; v != nil || g.bad[i] != "" {
		return v, nil
	}
	v, err := g.look(ctx, g.images[i].path)
	var bad badImage
	if errors.As(err, &bad) {
		g.bad[i] = bad.Error()
		g.printer.Event("bad", progress.Fields{"path": g.images[i].path, "reason": bad.Error()}, "left out: %s",
			bad.Error())
		return nil, nil
	}
	return v, err
}

// maxFitted bounds the numbers in the tokens that colours are fitted to: 128 MB, of which fitting
// makes two copies.
const maxFitted = 1 << 25

// fitColors fits the colours of patch tokens to all images or, where their tokens would not fit
// into memory, to every n-th.
func (g *gallery) fitColors(ctx context.Context) error {
	g.seen = map[int]*view{}
	var tokens []attnmap.PatchTokens
	step := 1
	count := progress.Count{Total: len(g.images), What: "images looked at, for the colours of patches"}
	g.printer.Count(count)
	for i := 0; i < len(g.images); i += step {
		v, err := g.view(ctx, i)
		if err != nil {
			return err
		}
		count.Done = min(i+step, len(g.images))
		g.printer.Count(count)
		if v == nil {
			continue
		}
		if len(tokens) == 0 {
			step = 1 + len(g.images)*len(v.attention.Tokens.Data)/maxFitted
		}
		g.seen[i] = v
		tokens = append(tokens, v.tokens())
	}
	if len(tokens) == 0 {
		return nil
	}
	if step > 1 {
		g.printer.Note("patch colours are fitted to %d of %d images, one in %d", len(tokens), len(g.images), step)
	}
	var err error
	if g.colors, err = attnmap.FitColors(ctx, tokens, g.Foreground); ctx.Err() != nil {
		return ctx.Err()
	} else if err != nil {
		g.printer.Note("patch colours are left out: %v", err)
	}
	return nil
}

// drawImage makes the pictures of one image.
func (g *gallery) drawImage(ctx context.Context, i int) error {
	v, err := g.view(ctx, i)
	if err != nil || v == nil {
		return err
	}
	delete(g.seen, i)
	image := g.images[i]
	drawing, err := attnmap.Draw(v.image, v.attention.Heads, v.grid(), v.attention.Patch, g.style)
	if err != nil {
		return fmt.Errorf("%s: %w", image.path, err)
	}
	var patches *augment.Image
	if g.colors != nil {
		if patches, _, err = g.colors.Draw(v.tokens(), v.attention.Patch); err != nil {
			return fmt.Errorf("%s: %w", image.path, err)
		}
	}
	if err := save(filepath.Join(g.Out, filepath.FromSlash(image.name)), drawing, patches, v); err != nil {
		return err
	}
	if err := g.sheets.add(image.name, drawing, patches); err != nil {
		return err
	}
	if err := g.film.add(ctx, drawing, patches); err != nil {
		return err
	}
	scores, err := g.score(image, drawing, v)
	if err != nil {
		return err
	}
	g.reportImage(image, v, scores)
	return nil
}

// save writes the pictures of one image into its folder.
func save(dir string, d attnmap.Drawing, patches *augment.Image, v *view) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("attention: %w", err)
	}
	pictures := map[string]*augment.Image{"image": d.Image, "patches": patches}
	heads := map[string]attnmap.HeadDrawing{"mean": d.Mean}
	for h, head := range d.Heads {
		heads[fmt.Sprintf("head-%d", h)] = head
	}
	for name, head := range heads {
		blend, err := attnmap.Blend(d.Image, head.Heat, 0.5)
		if err != nil {
			return err
		}
		pictures[name], pictures[name+"-overlay"], pictures[name+"-masked"] = head.Heat, blend, head.Overlay
		if head.Mask != nil {
			pictures[name+"-mask"] = blackAndWhite(attnmap.Upsample(head.Mask, v.grid(), v.attention.Patch),
				d.Image.Width)
		}
	}
	return saveAll(dir, pictures)
}

// saveAll writes pictures side by side: most of the time goes into waiting for the disk.
func saveAll(dir string, pictures map[string]*augment.Image) error {
	var group sync.WaitGroup
	failed := make(chan error, len(pictures))
	for name, picture := range pictures {
		if picture != nil {
			group.Go(func() { failed <- savePNG(filepath.Join(dir, name+".png"), picture) })
		}
	}
	group.Wait()
	close(failed)
	var all error
	for err := range failed {
		all = errors.Join(all, err)
	}
	return all
}

func savePNG(path string, img *augment.Image) error {
	data, err := imageio.EncodePNG(img)
	if err != nil {
		return err
	}
	return atomicfile.WriteFile(path, data)
}

// blackAndWhite draws a mask of pixels, white where it marks.
func blackAndWhite(mask []bool, width int) *augment.Image {
	img := augment.NewImage(width, len(mask)/width)
	for i, marked := range mask {
		if marked {
			img.Set(i%width, i/width, 255, 255, 255)
		}
	}
	return img
}
