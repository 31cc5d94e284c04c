package weights

import (
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
)

// maxHeaderSize bounds the header of a safetensors file, as the reference
// reader does.
const maxHeaderSize = 100_000_000

// File is an open safetensors file. Its header is in memory and verified; the
// data of a tensor is read when asked for. A File may be used by several
// goroutines at once.
type File struct {
	path      string
	file      *os.File
	header    *header
	dataStart int64
}

// Open opens the safetensors file at path, reads its header and verifies it
// against the size of the file. The caller closes the File.
//
// The layout is 8 bytes of header length n (little-endian), n bytes of JSON, and
// the data of all tensors back to back.
func Open(path string) (*File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("weights: %w", err)
	}
	f := &File{path: path, file: file}
	if err := f.readHeader(); err != nil {
		file.Close()
		return nil, fmt.Errorf("weights: %s: %w", path, err)
	}
	return f, nil
}

func (f *File) readHeader() error {
	stat, err := f.file.Stat()
	if err != nil {
		return err
	}
	if !stat.Mode().IsRegular() {
		return fmt.Errorf("is not a regular file")
	}
	var prefix [8]byte
	if _, err := io.ReadFull(f.file, prefix[:]); err != nil {
		return fmt.Errorf("has %d bytes, a safetensors file has at least 8", stat.Size())
	}
	n := binary.LittleEndian.Uint64(prefix[:])
	if limit := uint64(max(0, stat.Size()-8)); n > limit {
		return fmt.Errorf("header claims %d bytes, the file has %d left; not a safetensors file, or cut off", n, limit)
	}
	if n > maxHeaderSize {
		return fmt.Errorf("header claims %d bytes, the format allows %d", n, maxHeaderSize)
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(f.file, text); err != nil {
		return fmt.Errorf("reading the header: %w", err)
	}
	f.dataStart = 8 + int64(n)
	f.header, err = parseHeader(text, stat.Size()-f.dataStart)
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
func (f *File) Tensor(name string) (Tensor, error) {
	info, ok := f.Info(name)
	if !ok {
		return Tensor{}, fmt.Errorf("weights: %s: no tensor %q among the %d it holds", f.path, name, len(f.header.names))
	}
	data := make([]byte, info.end-info.begin)
	if _, err := f.file.ReadAt(data, f.dataStart+info.begin); err != nil {
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

// Close closes the file. Tensors that were read stay valid.
func (f *File) Close() error { return f.file.Close() }
