package weights

import (
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
)

// maxHeaderSize bounds the header of a safetensors file, as the reference
// reader does. In memory a header takes several times its size, so that beyond
// freeHeaderSize it must also be the smaller part of the file.
const (
	maxHeaderSize  = 100_000_000
	freeHeaderSize = 4 << 20
	headerShare    = 8
)

// File is an open safetensors file. Its header is in memory and verified; the
// data of a tensor is read, or mapped, when asked for. A File may be used by
// several goroutines at once.
type File struct {
	path      string
	region    *region
	header    *header
	dataStart int64
}

// Open opens the safetensors file at path, reads its header and verifies it
// against the size of the file. The caller closes the File.
//
// The layout is 8 bytes of header length n (little-endian), n bytes of JSON, and
// the data of all tensors back to back.
func Open(path string) (*File, error) {
	f, err := open(path)
	if err != nil {
		return nil, fmt.Errorf("weights: %w", err)
	}
	return f, nil
}

// open is [Open] without the name of the package in errors.
func open(path string) (*File, error) {
	r, err := openRegion(path)
	if err != nil {
		return nil, err
	}
	return newFile(path, r)
}

// OpenBytes is [Open] of a safetensors file that is in memory: embedded in a
// program, or received. Views are parts of data, which must not change before
// Close.
func OpenBytes(data []byte) (*File, error) {
	f, err := newFile("(memory)", memoryRegion(data))
	if err != nil {
		return nil, fmt.Errorf("weights: %w", err)
	}
	return f, nil
}

// newFile reads and verifies the header of a region, and closes it on failure.
func newFile(path string, r *region) (*File, error) {
	f := &File{path: path, region: r}
	if err := f.readHeader(); err != nil {
		r.close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}

func (f *File) readHeader() error {
	size := f.region.size
	prefix, err := f.region.read(0, min(8, size))
	if err != nil {
		return err
	}
	if len(prefix) < 8 {
		return fmt.Errorf("has %d bytes, a safetensors file has at least 8", size)
	}
	n := binary.LittleEndian.Uint64(prefix)
	if limit := uint64(size - 8); n > limit {
		// The number is not named: of a file of another kind it would be its first letters.
		return fmt.Errorf("its first 8 bytes claim a longer header than the %d bytes that are left; not a "+
			"safetensors file, or cut off", limit)
	}
	if n > maxHeaderSize {
		return fmt.Errorf("header claims %d bytes, the format allows %d", n, maxHeaderSize)
	}
	if n > freeHeaderSize && n > uint64(size)/headerShare {
		return fmt.Errorf("header claims %d of the file's %d bytes: above %d bytes it may be an eighth at most", n,
			size, freeHeaderSize)
	}
	text, err := f.region.read(8, int64(n))
	if err != nil {
		return fmt.Errorf("reading the header: %w", err)
	}
	f.dataStart = 8 + int64(n)
	f.header, err = parseHeader(text, size-f.dataStart)
	return err
}

// Path returns the path that the file was opened with.
func (f *File) Path() string { return f.path }

// Names returns the names of all tensors, sorted.
func (f *File) Names() []string { return slices.Clone(f.header.names) }

// Metadata returns the strings stored under __metadata__; nil if there are none.
func (f *File) Metadata() map[string]string { return maps.Clone(f.header.metadata) }

// Info returns type and shape of a tensor, and whether the file has it.
func (f *File) Info(name string) (Info, bool) {
	info, ok := f.header.tensors[name]
	info.Shape = slices.Clone(info.Shape)
	return info, ok
}

// Tensor reads a tensor.
func (f *File) Tensor(name string) (Tensor, error) { return f.tensor(name, f.region.read) }

// View returns a tensor whose data is mapped from the file where the system can
// do that: it must not be written to, and is valid until Close.
func (f *File) View(name string) (Tensor, error) { return f.tensor(name, f.region.view) }

func (f *File) tensor(name string, get func(offset, n int64) ([]byte, error)) (Tensor, error) {
	info, ok := f.Info(name)
	if !ok {
		return Tensor{}, fmt.Errorf("weights: %s: no tensor %q among the %d it holds", f.path, name,
			len(f.header.names))
	}
	data, err := get(f.dataStart+info.begin, info.end-info.begin)
	if err != nil {
		return Tensor{}, fmt.Errorf("weights: %s: tensor %q: %w", f.path, name, err)
	}
	return Tensor{DType: info.DType, Shape: info.Shape, Data: data}, nil
}

// Tensors reads all tensors.
func (f *File) Tensors() (map[string]Tensor, error) {
	all := make(map[string]Tensor, len(f.header.names))
	for _, name := range f.header.names {
		t, err := f.Tensor(name)
		if err != nil {
			return nil, err
		}
		all[name] = t
	}
	return all, nil
}

// Close closes the file. Tensors that were read stay valid, views do not.
func (f *File) Close() error { return f.region.close() }
