package embeddings

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/gofrs/flock"

	"github.com/dino-go/dino/internal/atomicfile"
	"github.com/dino-go/dino/internal/data/loader"
	"github.com/dino-go/dino/internal/parseerror"
	"github.com/dino-go/dino/internal/regularfile"
	"github.com/dino-go/dino/weights"
)

// Parts is a folder that holds the rows of a table that is being computed, in files that each have
// some images' rows. Every file appears whole, so a computation that is stopped at any moment goes
// on behind the last one.
type Parts struct {
	dir   string
	lock  *flock.Flock
	plan  Plan
	count int // parts there are
	done  int // images in them
}

// Plan is what the rows are made from; a computation goes on only with the same one.
type Plan struct {
	Digest  string `json:"digest"` // of network, features, preprocessing and list of images
	Images  int    `json:"images"` // in all
	Each    int    `json:"each"`   // images of a part; one before an interruption, and the last, may have fewer
	Cols    int    `json:"cols"`
	Patches bool   `json:"patches"`
}

// Part holds the rows of consecutive images.
type Part struct {
	Table
	Images int               // consecutive ones, behind those of the parts before
	Bad    []loader.BadImage // images that could not be decoded, and have no row
}

const planFile = "plan.json"

// PartsDir is the folder beside a file that is being made.
func PartsDir(path string) string { return path + ".parts" }

// OpenParts begins a computation in the folder, or goes on with the one that is there.
func OpenParts(dir string, plan Plan) (*Parts, error) {
	if err := regularfile.CheckOwnDir(dir); err != nil {
		return nil, fmt.Errorf("embeddings: %w", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("embeddings: %w", err)
	}
	if err := regularfile.CheckOwn(filepath.Join(dir, ".lock")); err != nil {
		return nil, fmt.Errorf("embeddings: %w", err)
	}
	p := &Parts{dir: dir, plan: plan, lock: flock.New(filepath.Join(dir, ".lock"))}
	if held, err := p.lock.TryLock(); err != nil || !held {
		return nil, errors.Join(fmt.Errorf("embeddings: %s: another process works on it", dir), err)
	}
	if err := p.start(); err != nil {
		return nil, errors.Join(err, p.lock.Unlock())
	}
	return p, nil
}

// start verifies or writes the plan, and counts the parts.
func (p *Parts) start() error {
	path := filepath.Join(p.dir, planFile)
	text, err := regularfile.ReadFile(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		text, err = json.Marshal(p.plan)
		if err == nil {
			err = atomicfile.WriteFile(path, text)
		}
	case err == nil:
		var before Plan
		if err = parseerror.JSON(json.Unmarshal(text, &before)); err == nil && before != p.plan {
			err = fmt.Errorf("it holds what an interrupted run with other weights, images or options left: delete " +
				"it, or write to another file")
		}
	}
	if err == nil {
		err = atomicfile.RemoveStale(p.dir)
	}
	if err != nil {
		return fmt.Errorf("embeddings: %s: %w", p.dir, err)
	}
	for p.done < p.plan.Images {
		images, err := imagesOf(p.path(p.count))
		switch {
		case errors.Is(err, os.ErrNotExist):
			return nil
		case err != nil:
			return fmt.Errorf("embeddings: %w; delete %s to begin again", err, p.dir)
		}
		p.count++
		p.done += images
	}
	return nil
}

// imagesKey is where a part says how many images it is of.
const imagesKey = "images"

// imagesOf is how many images a part is of.
func imagesOf(path string) (int, error) {
	file, err := weights.Open(path)
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(file.Metadata()[imagesKey])
	if err != nil || n < 1 {
		err = fmt.Errorf("%s: does not say how many images it is of", path)
	}
	return n, errors.Join(err, file.Close())
}

func (p *Parts) path(i int) string {
	return filepath.Join(p.dir, fmt.Sprintf("part-%08d.safetensors", i))
}

// Done is how many images are done.
func (p *Parts) Done() int { return p.done }

// Add keeps the rows of the next images. It fails on non-finite numbers, and on no images.
func (p *Parts) Add(part Part) error {
	if part.Images < 1 || p.done+part.Images > p.plan.Images {
		return fmt.Errorf("embeddings: a part is of %d images: must be 1 to %d", part.Images, p.plan.Images-p.done)
	}
	if len(part.Rows) > 0 {
		if err := part.check(); err != nil {
			return fmt.Errorf("embeddings: %w", err)
		}
	}
	rows, err := json.Marshal(part.Rows)
	if err != nil {
		return fmt.Errorf("embeddings: %w", err)
	}
	bad, err := json.Marshal(part.Bad)
	if err != nil {
		return fmt.Errorf("embeddings: %w", err)
	}
	m := part.Features
	tensors := map[string]weights.Tensor{
		"embedding": weights.FromFloat32s([]int{m.Rows, m.Cols}, m.Data),
		"rows":      weights.FromBytes([]int{len(rows)}, rows),
		"bad":       weights.FromBytes([]int{len(bad)}, bad),
	}
	if err := weights.Write(p.path(p.count), tensors,
		map[string]string{imagesKey: strconv.Itoa(part.Images)}); err != nil {
		return err
	}
	p.count++
	p.done += part.Images
	return nil
}

// Part reads a part.
func (p *Parts) Part(i int) (Part, error) {
	part, err := readPart(p.path(i))
	if err != nil {
		return part, fmt.Errorf("embeddings: %w; delete %s to begin again", err, p.dir)
	}
	part.Patches = p.plan.Patches
	return part, nil
}

func readPart(path string) (part Part, err error) {
	file, err := weights.Open(path)
	if err != nil {
		return part, err
	}
	defer file.Close()
	for name, into := range map[string]any{"rows": &part.Rows, "bad": &part.Bad} {
		x, err := file.Tensor(name)
		if err != nil {
			return part, err
		}
		if err := json.Unmarshal(x.Data, into); err != nil {
			return part, fmt.Errorf("%s: %s: %w", path, name, parseerror.JSON(err))
		}
	}
	x, err := file.Tensor("embedding")
	if err != nil {
		return part, err
	}
	if len(x.Shape) != 2 || x.Shape[0] != len(part.Rows) {
		return part, fmt.Errorf("%s: embedding has shape %v for %d rows", path, x.Shape, len(part.Rows))
	}
	part.Features.Rows, part.Features.Cols = x.Shape[0], x.Shape[1]
	part.Features.Data, err = x.Float32s()
	return part, err
}

// Rows counts the rows of all parts.
func (p *Parts) Rows() (int, error) {
	total := 0
	for i := range p.count {
		file, err := weights.Open(p.path(i))
		if err != nil {
			return 0, fmt.Errorf("embeddings: %w; delete %s to begin again", err, p.dir)
		}
		info, _ := file.Info("embedding")
		if len(info.Shape) == 2 {
			total += info.Shape[0]
		}
		if err := file.Close(); err != nil {
			return 0, err
		}
	}
	return total, nil
}

// Join writes the rows of all parts to a file, and shows the images that could not be decoded.
func (p *Parts) Join(path string, metadata map[string]string, bad func([]loader.BadImage) error) (rows int, err error) {
	if rows, err = p.Rows(); err != nil {
		return 0, err
	}
	if rows == 0 {
		return 0, fmt.Errorf("embeddings: none of %d images could be decoded: there is nothing to write to %s",
			p.plan.Images, path)
	}
	w, err := Create(path, Header{Rows: rows, Cols: p.plan.Cols, Patches: p.plan.Patches, Metadata: metadata})
	if err != nil {
		return 0, err
	}
	defer w.Abort()
	for i := range p.count {
		part, err := p.Part(i)
		if err == nil {
			err = bad(part.Bad)
		}
		if err == nil {
			err = w.Write(part.Table)
		}
		if err != nil {
			return 0, err
		}
	}
	return rows, w.Commit()
}

// Remove deletes the folder; the parts have been joined.
func (p *Parts) Remove() error {
	return errors.Join(p.lock.Unlock(), os.RemoveAll(p.dir))
}

// Close releases the lock on the folder.
func (p *Parts) Close() error { return p.lock.Unlock() }
