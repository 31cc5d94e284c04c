package rundir

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dino-go/dino/internal/atomicfile"
	"github.com/dino-go/dino/internal/bounded"
	"github.com/dino-go/dino/internal/data/loader"
	"github.com/dino-go/dino/internal/regularfile"
	"github.com/dino-go/dino/internal/runfiles"
)

// BadImagesList is the path of the list of images that could not be decoded.
func (d *Dir) BadImagesList() string { return filepath.Join(d.Path, runfiles.BadImages) }

// AddBadImages appends images that could not be decoded to the list, each once.
func (d *Dir) AddBadImages(bad []loader.BadImage) error {
	bad = d.unlisted(bad)
	if len(bad) == 0 {
		return nil
	}
	var lines bytes.Buffer
	encoder := json.NewEncoder(&lines)
	for _, b := range bad {
		if err := encoder.Encode(b); err != nil {
			return fmt.Errorf("run folder: %w", err)
		}
	}
	f, err := atomicfile.OpenAppender(d.BadImagesList())
	if err != nil {
		return fmt.Errorf("run folder: %w", err)
	}
	if err = errors.Join(f.Append(lines.Bytes()), f.Close()); err != nil {
		return fmt.Errorf("run folder: %w", err)
	}
	return nil
}

// BadImages reads the list, each image once. A torn last line, as a killed run leaves it, is cut
// off.
func (d *Dir) BadImages() ([]loader.BadImage, error) {
	f, err := atomicfile.ContinueAppender(d.BadImagesList())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("run folder: %w", err)
	}
	defer f.Close()
	d.listed = nil
	var bad []loader.BadImage
	whole := int64(0)
	err = bounded.EachLine(f.Content(), func(line []byte) bool {
		var b loader.BadImage
		if json.Unmarshal(line, &b) != nil {
			return false
		}
		whole += int64(len(line))
		bad = append(bad, d.unlisted([]loader.BadImage{b})...)
		return true
	})
	if err != nil {
		return nil, fmt.Errorf("run folder: %s: %w", d.BadImagesList(), err)
	}
	return bad, f.Truncate(whole)
}

// ForgetBadImages removes the list: a run that starts over may be given other images.
func (d *Dir) ForgetBadImages() error {
	d.listed = nil
	return d.forget(d.BadImagesList())
}

// ForgetBest removes the backbone of the best epoch: one of a run that starts over was scored
// otherwise.
func (d *Dir) ForgetBest() error {
	return errors.Join(d.forget(d.Best()), d.ForgetLast())
}

// ForgetLast removes the last backbone, which stands only beside a better one.
func (d *Dir) ForgetLast() error { return d.forget(d.TeacherLast()) }

func (d *Dir) forget(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("run folder: %w", err)
	}
	return nil
}

// TakeBest makes the backbone of the best epoch the trained one: a copy of its file.
func (d *Dir) TakeBest() error {
	return d.Write(func() error {
		from, err := regularfile.Open(d.Best())
		if err != nil {
			return fmt.Errorf("run folder: %w", err)
		}
		defer from.Close()
		to, err := atomicfile.Create(d.Teacher())
		if err != nil {
			return err
		}
		defer to.Abort()
		if _, err := io.Copy(to, from); err != nil {
			return fmt.Errorf("writing %s: %w", d.Teacher(), err)
		}
		return to.Commit()
	})
}

// unlisted returns those of bad that are not in the list yet, and counts them as listed.
func (d *Dir) unlisted(bad []loader.BadImage) []loader.BadImage {
	var fresh []loader.BadImage
	for _, b := range bad {
		if !d.listed[b.Image] {
			fresh = append(fresh, b)
			if d.listed == nil {
				d.listed = map[int]bool{}
			}
			d.listed[b.Image] = true
		}
	}
	return fresh
}
