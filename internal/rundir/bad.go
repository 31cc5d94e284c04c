package rundir

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dino-go/dino/internal/loader"
)

// BadImagesList is the path of the list of images that could not be decoded.
func (d *Dir) BadImagesList() string { return filepath.Join(d.Path, "bad_images.jsonl") }

// AddBadImages appends images that could not be decoded to the list, each once.
func (d *Dir) AddBadImages(bad []loader.BadImage) error {
	bad = d.unlisted(bad)
	if len(bad) == 0 {
		return nil
	}
	f, err := os.OpenFile(d.BadImagesList(), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("run folder: %w", err)
	}
	encoder := json.NewEncoder(f)
	for _, b := range bad {
		err = errors.Join(err, encoder.Encode(b))
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("run folder: %w", err)
	}
	return nil
}

// BadImages reads the list, each image once. A torn last line, as a killed run leaves it, is cut off.
func (d *Dir) BadImages() ([]loader.BadImage, error) {
	f, err := os.OpenFile(d.BadImagesList(), os.O_RDWR, 0)
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
	lines := bufio.NewReader(f)
	for {
		line, err := lines.ReadBytes('\n')
		var b loader.BadImage
		if err != nil || json.Unmarshal(line, &b) != nil {
			return bad, f.Truncate(whole)
		}
		whole += int64(len(line))
		bad = append(bad, d.unlisted([]loader.BadImage{b})...)
	}
}

// ForgetBadImages removes the list: a run that starts over may be given other images.
func (d *Dir) ForgetBadImages() error {
	d.listed = nil
	if err := os.Remove(d.BadImagesList()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("run folder: %w", err)
	}
	return nil
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
