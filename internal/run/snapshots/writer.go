package snapshots

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/atomicfile"
	"github.com/dino-go/dino/internal/regularfile"
)

// Writer adds snapshots to a run folder.
type Writer struct {
	run   string
	index Index
}

// Open goes on with the snapshots of the same images that are there, up to so many steps, and
// removes all others, and files of the folder that belong to none. Nothing is written before the
// first snapshot.
func Open(run string, images []Image, steps int) (*Writer, error) {
	w := &Writer{run: run, index: Index{Version: version, Images: images, Snapshots: []Snapshot{}}}
	if err := regularfile.CheckOwnDir(Folder(run)); err != nil {
		return nil, fmt.Errorf("map: %w", err)
	}
	if there, err := Read(run); err == nil && there != nil && slices.Equal(there.Images, images) {
		w.index.Sheet = there.Sheet
		for _, s := range there.Snapshots {
			if s.Step <= steps && s.hasFile(run) {
				w.index.Snapshots = append(w.index.Snapshots, s)
			}
		}
	}
	if err := w.tidy(); err != nil {
		return nil, fmt.Errorf("map: %w", err)
	}
	return w, nil
}

func (s Snapshot) hasFile(run string) bool {
	info, err := os.Lstat(File(run, s.Step))
	return err == nil && info.Mode().IsRegular()
}

// HasSheet tells whether there are pictures.
func (w *Writer) HasSheet() bool { return w.index.Sheet != nil }

// Has tells whether there is a snapshot after so many steps.
func (w *Writer) Has(steps int) bool {
	return slices.ContainsFunc(w.index.Snapshots, func(s Snapshot) bool { return s.Step == steps })
}

// Add writes a snapshot: the features of the images, [images, D], with zeros for those that could
// not be decoded. One of the same step is replaced. The newest that are not kept are removed when
// the new one is there.
func (w *Writer) Add(s Snapshot, rows eval.Matrix) error {
	if rows.Rows != len(w.index.Images) || rows.Cols < 1 || len(rows.Data) > MostNumbers {
		return fmt.Errorf("map: %d rows of %d features for %d images: must be as many, and at most %d numbers",
			rows.Rows,
			rows.Cols, len(w.index.Images), MostNumbers)
	}
	if err := w.makeFolder(); err != nil {
		return err
	}
	if err := writeFeatures(File(w.run, s.Step), rows.Normalized()); err != nil {
		return fmt.Errorf("map: %w", err)
	}
	all := slices.DeleteFunc(w.index.Snapshots, func(o Snapshot) bool { return o.Step == s.Step })
	all = append(all, s)
	slices.SortFunc(all, func(a, b Snapshot) int { return a.Step - b.Step })
	w.index.Snapshots = thinned(all, MostSnapshots)
	if err := w.writeIndex(); err != nil {
		return err
	}
	if err := w.tidy(); err != nil {
		return fmt.Errorf("map: %w", err)
	}
	return nil
}

// SetSheet writes the pictures: a JPEG file, and where in it they are.
func (w *Writer) SetSheet(s Sheet, jpeg []byte) error {
	if len(jpeg) > maxSheet {
		return nil // the map is shown without
	}
	if err := w.makeFolder(); err != nil {
		return err
	}
	if err := atomicfile.WriteFile(filepath.Join(Folder(w.run), sheetFile), jpeg); err != nil {
		return fmt.Errorf("map: %w", err)
	}
	w.index.Sheet = &s
	return w.writeIndex()
}

func (w *Writer) makeFolder() error {
	if err := os.Mkdir(Folder(w.run), 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		return fmt.Errorf("map: %w", err)
	}
	if err := regularfile.CheckOwnDir(Folder(w.run)); err != nil {
		return fmt.Errorf("map: %w", err)
	}
	return nil
}

func (w *Writer) writeIndex() error {
	text, err := json.Marshal(w.index)
	if err != nil {
		return fmt.Errorf("map: %w", err)
	}
	if err := atomicfile.WriteFile(IndexFile(w.run), append(text, '\n')); err != nil {
		return fmt.Errorf("map: %w", err)
	}
	return nil
}

// tidy removes features that belong to no snapshot, and what a killed process left.
func (w *Writer) tidy() error {
	entries, err := os.ReadDir(Folder(w.run))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := e.Name()
		features := strings.HasPrefix(name, "step-") && strings.HasSuffix(name, ".safetensors")
		known := slices.ContainsFunc(w.index.Snapshots, func(s Snapshot) bool { return fileOf(s.Step) == name })
		if features && !known || atomicfile.IsTemporary(name) || name == sheetFile && w.index.Sheet == nil {
			if err := remove(filepath.Join(Folder(w.run), name)); err != nil {
				return err
			}
		}
	}
	return nil
}
