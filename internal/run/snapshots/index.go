// Package snapshots keeps the features of some images over a run, in the folder map of the run
// folder, so that the map of the embedding can be shown as it was at several epochs:
//
//	map/index.json                 the images, in the order of rows, and which snapshots there are
//	map/step-NNNNNNNN.safetensors  their features after N optimizer steps: see docs/formats.md
//	map/images.jpg                 the images as small pictures
//
// The folder is bounded: so many images, numbers and snapshots at most. Of more snapshots those are
// kept that lie most evenly over the run, the first, the newest and the best always.
//
// Tests: known answer, property (thinning), bad input (folders of others).
package snapshots

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/dino-go/dino/internal/bounded"
	"github.com/dino-go/dino/internal/parseerror"
	"github.com/dino-go/dino/internal/regularfile"
	"github.com/dino-go/dino/internal/runfiles"
)

// Bounds of what is kept.
const (
	MostImages    = 2000
	MostNumbers   = 1 << 20 // of features in a snapshot: 4 MB
	MostSnapshots = 10
)

// version is that of the format.
const version = 1

// Bounds of an index that anybody may have written.
const (
	maxIndex     = 16 << 20 // bytes
	maxSnapshots = 100
)

// Image is what a row of features belongs to.
type Image struct {
	Path  string `json:"path"`  // below the folder of the run's images, with forward slashes
	Label string `json:"label"` // empty for none
}

// Snapshot are the features after a step.
type Snapshot struct {
	Step  int      `json:"step"`  // optimizer steps done
	Epoch int      `json:"epoch"` // epochs done
	KNN   *float64 `json:"knn"`   // accuracy in percent; null where there is no score
	Best  bool     `json:"best"`  // no score of the run before was as high
}

// Sheet says where in images.jpg the pictures are: from left to right and from above, each at the
// upper left of a square.
type Sheet struct {
	Side    int   `json:"side"` // of a square, in pixels
	Columns int   `json:"columns"`
	Sizes   []int `json:"sizes"` // [2·images], width and height; 0 for an image that could not be decoded
}

// Index is what a folder holds.
type Index struct {
	Version   int        `json:"version"`
	Images    []Image    `json:"images"`
	Sheet     *Sheet     `json:"sheet,omitempty"`
	Snapshots []Snapshot `json:"snapshots"` // by step
}

// names of files in the folder.
const (
	indexFile = "index.json"
	sheetFile = "images.jpg"
)

// Folder is that of a run.
func Folder(run string) string { return filepath.Join(run, runfiles.Map) }

// fileOf is the name of the features of a snapshot.
func fileOf(step int) string { return fmt.Sprintf("step-%08d.safetensors", step) }

// File is where the features after so many steps are.
func File(run string, step int) string { return filepath.Join(Folder(run), fileOf(step)) }

// IndexFile is where the index is.
func IndexFile(run string) string { return filepath.Join(Folder(run), indexFile) }

// Read reads the index of a run folder; nil where there is none. An index that holds what no run
// writes is an error.
func Read(run string) (*Index, error) {
	path := IndexFile(run)
	if err := regularfile.CheckOwnDir(Folder(run)); err != nil {
		return nil, err
	}
	if err := regularfile.CheckOwn(path); err != nil {
		return nil, err
	}
	text, err := bounded.Read(path, maxIndex)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if err := bounded.JSON(text); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	var x Index
	if err := json.Unmarshal(text, &x); err != nil {
		return nil, fmt.Errorf("%s: is damaged: %w", path, parseerror.JSON(err))
	}
	if err := x.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &x, nil
}

// check refuses what no run writes.
func (x *Index) check() error {
	switch {
	case x.Version != version:
		return fmt.Errorf("has version %d, this program reads %d", x.Version, version)
	case len(x.Images) == 0 || len(x.Images) > MostImages:
		return fmt.Errorf("has %d images: must be from 1 to %d", len(x.Images), MostImages)
	case len(x.Snapshots) > maxSnapshots:
		return fmt.Errorf("has %d snapshots: must be at most %d", len(x.Snapshots), maxSnapshots)
	case !slices.IsSortedFunc(x.Snapshots, func(a, b Snapshot) int { return a.Step - b.Step }):
		return errors.New("has snapshots that are not in the order of their steps")
	}
	for _, s := range x.Snapshots {
		if s.Step < 0 || s.Epoch < 0 {
			return fmt.Errorf("has a snapshot of step %d and epoch %d", s.Step, s.Epoch)
		}
	}
	if s := x.Sheet; s != nil && (s.Side < 1 || s.Side > maxSide || s.Columns < 1 || s.Columns > MostImages ||
		len(s.Sizes) != 2*len(x.Images) ||
		slices.ContainsFunc(s.Sizes, func(n int) bool { return n < 0 || n > s.Side })) {
		return errors.New("has a sheet of pictures that does not fit the images")
	}
	return nil
}

// maxSheet bounds images.jpg, in bytes.
const maxSheet = 8 << 20

// ReadSheet returns the JPEG file of all pictures.
func ReadSheet(run string) ([]byte, error) {
	path := filepath.Join(Folder(run), sheetFile)
	if err := regularfile.CheckOwn(path); err != nil {
		return nil, err
	}
	return bounded.Read(path, maxSheet)
}

// remove removes a file, which need not be there.
func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
