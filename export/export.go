package export

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/compute"

	"github.com/dino-go/dino/internal/atomicfile"
	"github.com/dino-go/dino/internal/regularfile"
	"github.com/dino-go/dino/internal/spelling"
	"github.com/dino-go/dino/weights"
	"github.com/dino-go/dino/weights/layout"
	"github.com/dino-go/dino/weights/onnx"
)

// Formats of [Options].
const (
	Timm     = "timm"
	Official = "official"
	HF       = "hf"
	ONNX     = "onnx"
	DINO     = "dino"
)

// Parts of [Options].
const (
	Backbone = "backbone" // one network
	Full     = "full"     // student and teacher, with heads and center
)

// Tolerance is the largest difference of a feature that an export may show when it is read back.
const Tolerance = 1e-4

// Options say what is written where.
type Options struct {
	To      string // a format
	Out     string // a file, or for [HF] a folder
	Part    string // Backbone or Full; Full is possible to Official and DINO
	Student bool   // Backbone: the student's, not the teacher's
	Size    [2]int // ONNX: height and width of the images in pixels; zero takes the preprocessing's
}

// Result says what was written.
type Result struct {
	Tensors    int     // how many
	Parameters int     // their elements
	Bytes      int64   // size of the file, or of the files of a folder
	Difference float64 // largest difference of a feature, patch token or logit after reading back
	Notes      []string
}

// extensions are the ends that the names of a format's files may have; the first is the usual one.
var extensions = map[string][]string{
	Timm: {".safetensors", ".pth", ".pt", ".bin"}, Official: {".pth", ".pt"}, HF: {""}, ONNX: {".onnx"},
	DINO: {".safetensors"},
}

// Formats are the names that [Options].To takes.
func Formats() []string { return []string{Timm, Official, HF, ONNX, DINO} }

// format writes a selection to a path.
type format func(path string, s selection) ([]string, error)

var formats = map[string]format{Timm: writeTimm, Official: writeOfficial, HF: writeHF, ONNX: writeONNX, DINO: writeDINO}

// Write exports a model and verifies what it wrote.
func Write(engine compute.Backend, m *layout.Model, o Options) (Result, error) {
	s, err := choose(m, o)
	if err != nil {
		return Result{}, err
	}
	stage, err := os.MkdirTemp(filepath.Dir(o.Out), "."+filepath.Base(o.Out)+".tmp-*")
	if err != nil {
		return Result{}, fmt.Errorf("export: %w", err)
	}
	defer os.RemoveAll(stage)
	staged := filepath.Join(stage, filepath.Base(o.Out))
	r := Result{Tensors: s.count(), Parameters: s.parameters()}
	if r.Notes, err = formats[o.To](staged, s); err != nil {
		return Result{}, fmt.Errorf("export: to %s: %w", o.To, err)
	}
	if r.Difference, err = verify(engine, staged, s); err != nil {
		return Result{}, fmt.Errorf("export: reading back what was written to %s: %w", o.To, err)
	}
	if !(r.Difference <= Tolerance) {
		return r, fmt.Errorf("export: the features of what was written to %s differ by %.3g from those of %s: must "+
			"be at most %g; nothing was kept", o.To, r.Difference, m.Path, Tolerance)
	}
	if r.Bytes, err = size(stage); err != nil {
		return Result{}, fmt.Errorf("export: %w", err)
	}
	if err := publish(staged, o.Out); err != nil {
		return Result{}, fmt.Errorf("export: %w", err)
	}
	return r, nil
}

// ValidateFor is [Options.Validate], and what only the model shows: whether it has a student and
// takes images of the size.
func (o Options) ValidateFor(m *layout.Model) error {
	_, err := choose(m, o)
	return err
}

// Validate reports the first option that cannot work.
func (o Options) Validate() error {
	ends, ok := extensions[o.To]
	if !ok {
		return fmt.Errorf("export: --to is %q: must be one of %s%s", o.To, strings.Join(Formats(), ", "),
			spelling.DidYouMean(o.To, Formats()))
	}
	if o.Out == "" {
		return fmt.Errorf("export: --out is missing: name the file to write, for example --out weights%s", ends[0])
	}
	if end := filepath.Ext(o.Out); o.To != HF && !slices.Contains(ends, end) {
		return fmt.Errorf("export: --out is %s: a file for %s ends in %s", o.Out, o.To, strings.Join(ends, " or "))
	}
	if !slices.Contains([]string{Backbone, Full}, o.Part) {
		return fmt.Errorf("export: --part is %q: must be %s or %s%s", o.Part, Backbone, Full,
			spelling.DidYouMean(o.Part, []string{Backbone, Full}))
	}
	if o.Part == Full && o.To != Official && o.To != DINO {
		return fmt.Errorf("export: --part is %s: %s has a place for one backbone alone; use --to %s or --to %s", Full,
			o.To, Official, DINO)
	}
	if o.Part == Full && o.Student {
		return fmt.Errorf("export: --student chooses the backbone to write, but --part is %s: it has both", Full)
	}
	if o.Size != [2]int{} && o.To != ONNX {
		return fmt.Errorf("export: --size is for %s: %s keeps the position embedding at its native size", ONNX, o.To)
	}
	return o.vacant()
}

// vacant verifies that the place of a folder is free; a file is replaced.
func (o Options) vacant() error {
	if parent := filepath.Dir(o.Out); !isDir(parent) {
		return fmt.Errorf("export: --out is %s, but there is no folder %s: make it first", o.Out, parent)
	}
	stat, err := os.Stat(o.Out)
	if err == nil && o.To != HF && stat.IsDir() {
		return fmt.Errorf("export: --out is %s, which is a folder: name a file", o.Out)
	}
	if o.To != HF {
		if err := errors.Join(regularfile.CheckOwn(o.Out), regularfile.CheckOwn(o.Out+onnx.DataSuffix)); err != nil {
			return fmt.Errorf("export: --out: %w", err)
		}
		return nil
	}
	if err := regularfile.CheckOwnDir(o.Out); err != nil {
		return fmt.Errorf("export: --out: %w", err)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	if entries, err := os.ReadDir(o.Out); err != nil || len(entries) > 0 {
		return fmt.Errorf("export: --out is %s, which is there already: name a new or empty folder", o.Out)
	}
	return nil
}

func isDir(path string) bool {
	stat, err := os.Stat(path)
	return err == nil && stat.IsDir()
}

// publish gives a file or folder its name, and before it a second file that belongs to it.
func publish(staged, out string) error {
	if isDir(staged) {
		if err := os.Remove(out); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := os.Rename(staged+onnx.DataSuffix, out+onnx.DataSuffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Rename(staged, out); err != nil {
		return err
	}
	return atomicfile.SyncDir(filepath.Dir(out))
}

func size(path string) (int64, error) {
	var total int64
	err := filepath.WalkDir(path, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			total += info.Size()
		}
		return err
	})
	return total, err
}

// isPTH tells PyTorch's files by their name.
func isPTH(path string) bool { return filepath.Ext(path) != ".safetensors" }

// writeTensors writes a flat set of tensors in the form that the name of the file asks for.
func writeTensors(path string, tensors map[string]weights.Tensor, metadata map[string]string) error {
	if isPTH(path) {
		return weights.WritePTH(path, tensors, layout.Attributes(metadata))
	}
	return weights.Write(path, tensors, metadata)
}
