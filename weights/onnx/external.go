package onnx

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/dino-go/dino/internal/atomicfile"
	"github.com/dino-go/dino/internal/regularfile"
)

// DataSuffix is what the name of a second file has behind that of a model: the data of initializers
// that the model has no room for.
const DataSuffix = ".data"

// Properties of the second file: where tensors begin, and how long one must be to go there. ONNX
// Runtime looks for shapes in the model.
const (
	dataAlignment  = 4096
	minExternalLen = 1024
)

// external is where in which file the data of an initializer lies.
type external struct {
	location       string
	offset, length int64
}

// encode appends the place to an encoded tensor.
func (e *external) encode(tensor message) message {
	for _, entry := range [][2]string{
		{"location", e.location},
		{"offset", strconv.FormatInt(e.offset, 10)},
		{"length", strconv.FormatInt(e.length, 10)},
	} {
		tensor = tensor.message(tensorExternal, message{}.text(entryKey, entry[0]).text(entryValue, entry[1]))
	}
	return tensor.int(tensorLocation, locationExternal)
}

// decode reads one entry of the place.
func (e *external) decode(data []byte) error {
	key, value, err := decodeEntry(data)
	if err != nil {
		return err
	}
	switch key {
	case "location":
		e.location = value
	case "offset":
		e.offset, err = strconv.ParseInt(value, 10, 64)
	case "length":
		e.length, err = strconv.ParseInt(value, 10, 64)
	default:
		err = fmt.Errorf("data in another file has the unknown property %q", key)
	}
	return err
}

// writeData writes the data of long initializers to a file, and returns the model that refers to
// it.
func (m *Model) writeData(path string) (*Model, error) {
	f, err := atomicfile.Create(path)
	if err != nil {
		return nil, fmt.Errorf("onnx: %w", err)
	}
	defer f.Abort()
	out := *m
	out.Initializers = nil
	var offset int64
	for _, i := range m.Initializers {
		if n := int64(len(i.Tensor.Data)); n >= minExternalLen {
			gap := (dataAlignment - offset%dataAlignment) % dataAlignment
			for _, part := range [][]byte{make([]byte, gap), i.Tensor.Data} {
				if _, err := f.Write(part); err != nil {
					return nil, fmt.Errorf("onnx: %s: %w", path, err)
				}
			}
			i.external = &external{filepath.Base(path), offset + gap, n}
			offset += gap + n
		}
		out.Initializers = append(out.Initializers, i)
	}
	if err := f.Commit(); err != nil {
		return nil, fmt.Errorf("onnx: %w", err)
	}
	return &out, nil
}

// readData fills in the data that lies in the second file of a model.
func (m *Model) readData(path string) error {
	var outside []*Initializer
	for k := range m.Initializers {
		i := &m.Initializers[k]
		if i.external == nil {
			continue
		}
		if want := filepath.Base(path) + DataSuffix; i.external.location != want {
			return fmt.Errorf("initializer %q lies in the file %q: must be %q, beside the model", i.Name,
				i.external.location, want)
		}
		outside = append(outside, i)
	}
	if len(outside) == 0 {
		return nil
	}
	file, err := regularfile.Open(path + DataSuffix)
	if err != nil {
		return err
	}
	defer file.Close()
	for _, i := range outside {
		if err := i.read(file); err != nil {
			return fmt.Errorf("initializer %q: %w", i.Name, err)
		}
	}
	return nil
}

// read reads the data of an initializer, and forgets where it was.
func (i *Initializer) read(file *os.File) error {
	stat, err := file.Stat()
	if err != nil {
		return err
	}
	e := i.external
	if e.offset < 0 || e.length < 0 || e.length > stat.Size() || e.offset > stat.Size()-e.length {
		return fmt.Errorf("%d bytes at %d do not lie in %s, which has %d; it is cut off, or of another model", e.length,
			e.offset, file.Name(), stat.Size())
	}
	i.Tensor.Data, i.external = make([]byte, e.length), nil
	if _, err := file.ReadAt(i.Tensor.Data, e.offset); err != nil {
		return err
	}
	return i.Tensor.Check()
}
