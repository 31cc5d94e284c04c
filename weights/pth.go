package weights

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
)

// PTH is an open PyTorch file (.pth, .pt, .ckpt, .bin): what torch.save wrote, as
// a zip archive or in the older form. No code of the file is run: of
// classes other than those that hold tensors and settings nothing is made: see [PTH.Skipped].
//
// The file holds one value, mostly dicts within dicts. A tensor's name is the
// path of keys to it, joined by "/": "teacher/backbone.cls_token". The metadata
// are the strings, numbers and truth values, under the same kind of names.
//
// Data is read, or mapped, when asked for. A PTH may be used by several
// goroutines at once.
type PTH struct {
	path     string
	region   *region
	tensors  map[string]*pthTensor
	metadata map[string]string
	skipped  map[string]string
}

// minPickleMemory is what a pickle may take in memory even if its file is
// smaller: a small optimizer state has many small objects.
const minPickleMemory = 16 << 20

// OpenPTH opens a PyTorch file and reads what it says about its tensors. The
// caller closes it.
func OpenPTH(path string) (*PTH, error) {
	r, err := openRegion(path)
	if err != nil {
		return nil, fmt.Errorf("weights: %w", err)
	}
	return newPTH(path, r)
}

// newPTH reads what a region says about its tensors, and closes it on failure.
func newPTH(path string, r *region) (*PTH, error) {
	f := &PTH{
		path: path, region: r, tensors: map[string]*pthTensor{}, metadata: map[string]string{},
		skipped: map[string]string{},
	}
	if err := f.read(); err != nil {
		r.close()
		return nil, fmt.Errorf("weights: %s: %w", path, err)
	}
	return f, nil
}

func (f *PTH) read() error {
	magic, err := f.region.read(0, min(pthMagicSize, f.region.size))
	if err != nil {
		return err
	}
	var p *pthPickle
	switch {
	case bytes.HasPrefix(magic, zipMagic):
		p, err = readZipPTH(f.region)
	case bytes.HasPrefix(magic, legacyMagic):
		p, err = readLegacyPTH(f.region)
	default:
		return fmt.Errorf("is neither a zip archive nor a pickle: not a PyTorch file, or cut off at the start")
	}
	if err != nil {
		return err
	}
	flat := flattener{tensors: f.tensors, metadata: f.metadata, skipped: f.skipped, left: pickleMemory(f.region.size)}
	if err := flat.walk("", p.root, 0); err != nil {
		return err
	}
	if class, ok := f.skipped[""]; ok {
		return fmt.Errorf("holds an object of the class %q and no dict of tensors; nothing was run. If the file is "+
			"yours, save it again with torch.save(model.state_dict(), …)", class)
	}
	return f.checkSize()
}

// Skipped are the values of which nothing was made, since their classes are not among those of
// tensors and settings: the classes, by the names of the values.
func (f *PTH) Skipped() map[string]string { return maps.Clone(f.skipped) }

// checkSize verifies that the tensors together do not claim more data than the
// file can hold twice: views of one storage may overlap, but not multiply it.
func (f *PTH) checkSize() error {
	left := 2 * f.region.size
	for name, t := range f.tensors {
		if left -= t.bytes(); left < 0 {
			return fmt.Errorf("the tensors, among them %q of shape %v, claim more than twice the %d bytes of the file",
				name, t.shape, f.region.size)
		}
	}
	return nil
}

func pickleMemory(fileSize int64) int64 { return max(minPickleMemory, fileSize) }

// Path returns the path that the file was opened with.
func (f *PTH) Path() string { return f.path }

// Names returns the names of all tensors, sorted.
func (f *PTH) Names() []string { return slices.Sorted(maps.Keys(f.tensors)) }

// Metadata returns the values that are not tensors.
func (f *PTH) Metadata() map[string]string { return maps.Clone(f.metadata) }

// Info returns type and shape of a tensor, and whether the file has it.
func (f *PTH) Info(name string) (Info, bool) {
	t, ok := f.tensors[name]
	if !ok {
		return Info{}, false
	}
	return Info{DType: t.storage.dtype, Shape: slices.Clone(t.shape)}, true
}

// Tensor reads a tensor.
func (f *PTH) Tensor(name string) (Tensor, error) { return f.tensor(name, f.region.read) }

// View returns a tensor whose data is mapped from the file where the system can
// do that and the tensor is contiguous: it must not be written to, and is valid
// until Close.
func (f *PTH) View(name string) (Tensor, error) { return f.tensor(name, f.region.view) }

func (f *PTH) tensor(name string, get func(offset, n int64) ([]byte, error)) (Tensor, error) {
	t, ok := f.tensors[name]
	if !ok {
		return Tensor{}, fmt.Errorf("weights: %s: no tensor %q among the %d it holds", f.path, name, len(f.tensors))
	}
	data, err := t.data(f.region, get)
	if err != nil {
		return Tensor{}, fmt.Errorf("weights: %s: tensor %q: %w", f.path, name, err)
	}
	return Tensor{DType: t.storage.dtype, Shape: slices.Clone(t.shape), Data: data}, nil
}

// Close closes the file. Tensors that were read stay valid, views do not.
func (f *PTH) Close() error { return f.region.close() }
