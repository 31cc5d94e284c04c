package weights

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dino-go/dino/internal/atomicfile"
)

// PTHAttributes is the name below which [WritePTH] and [PTH] have the attributes of a state dict:
// what PyTorch keeps as its _metadata, by the names of modules.
const PTHAttributes = "_metadata"

// pthAlignment is where PyTorch begins the data of a storage: at a multiple of it, so that it can
// be mapped.
const pthAlignment = 64

// WritePTH stores tensors as a PyTorch file, whole or not at all, in the zip form that torch.load
// reads with weights_only=True.
//
// A name is the path of keys to the tensor, joined by "/", as [PTH] has them:
// "teacher/backbone.cls_token" lies in the dict "teacher", and names without "/" are a state dict.
// settings adds values of type int64, bool and string under the same kind of names. Those below
// [PTHAttributes] become attributes of the state dict, which is an OrderedDict then:
// load_state_dict does not take them for tensors. The bytes depend on path's last element, tensors
// and settings alone.
func WritePTH(path string, tensors map[string]Tensor, settings map[string]any) error {
	f, err := atomicfile.Create(path)
	if err != nil {
		return fmt.Errorf("weights: %w", err)
	}
	defer f.Abort()
	stem := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	if err := encodePTH(f, stem, tensors, settings); err != nil {
		return fmt.Errorf("weights: %s: %w", path, err)
	}
	if err := f.Commit(); err != nil {
		return fmt.Errorf("weights: %w", err)
	}
	return nil
}

// encodePTH writes the archive, whose entries lie in the folder of a name.
func encodePTH(w io.Writer, name string, tensors map[string]Tensor, settings map[string]any) error {
	root, err := nest(tensors, settings)
	if err != nil {
		return err
	}
	p := &pthPickler{}
	text, err := p.file(root)
	if err != nil {
		return err
	}
	a := newPTHArchive(w, name)
	a.add("data.pkl", text)
	a.add("byteorder", []byte("little"))
	for i, t := range p.storages {
		a.add(fmt.Sprintf("data/%d", i), t.Data)
	}
	a.add("version", []byte("3\n"))
	return a.close()
}

// nest turns names into dicts within dicts.
func nest(tensors map[string]Tensor, settings map[string]any) (map[string]any, error) {
	root := map[string]any{}
	set := func(name string, value any) error {
		dict, keys := root, strings.Split(name, "/")
		for _, key := range keys[:len(keys)-1] {
			inner, ok := dict[key].(map[string]any)
			if !ok {
				if _, taken := dict[key]; taken {
					return fmt.Errorf("%q lies below another value", name)
				}
				inner = map[string]any{}
				dict[key] = inner
			}
			dict = inner
		}
		last := keys[len(keys)-1]
		if _, taken := dict[last]; taken {
			return fmt.Errorf("%q is the name of two values", name)
		}
		dict[last] = value
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(tensors)) {
		t := tensors[name]
		if err := t.Check(); err != nil {
			return nil, fmt.Errorf("tensor %q: %w", name, err)
		}
		if err := set(name, t); err != nil {
			return nil, err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		if err := set(name, settings[name]); err != nil {
			return nil, err
		}
	}
	return root, nil
}

// pthArchive writes a zip archive with aligned, uncompressed entries.
type pthArchive struct {
	name  string
	count *countingWriter
	zip   *zip.Writer
	err   error
}

func newPTHArchive(w io.Writer, name string) *pthArchive {
	count := &countingWriter{w: w}
	return &pthArchive{name: name, count: count, zip: zip.NewWriter(count)}
}

// add appends an entry unless something failed before.
func (a *pthArchive) add(name string, data []byte) {
	if a.err != nil {
		return
	}
	if a.err = a.zip.Flush(); a.err != nil {
		return
	}
	h := &zip.FileHeader{Name: a.name + "/" + name, Method: zip.Store, CRC32: crc32.ChecksumIEEE(data)}
	h.CompressedSize64, h.UncompressedSize64 = uint64(len(data)), uint64(len(data))
	if h.UncompressedSize64 >= math.MaxUint32 {
		a.err = fmt.Errorf("%s has %d bytes: an entry of an archive may have less than 4 GiB", name, len(data))
		return
	}
	h.Extra = padding(a.count.n + localHeaderSize + int64(len(h.Name)))
	w, err := a.zip.CreateRaw(h)
	if err == nil {
		_, err = w.Write(data)
	}
	a.err = err
}

func (a *pthArchive) close() error { return errors.Join(a.err, a.zip.Close()) }

// localHeaderSize is the size of an entry's header without name and extra field.
const localHeaderSize = 30

// padding is an extra field, under the identifier that PyTorch uses, after which the entry's data
// is aligned.
func padding(offset int64) []byte {
	const head = 4 // identifier and length
	n := (pthAlignment - (offset+head)%pthAlignment) % pthAlignment
	return append([]byte{'F', 'B', byte(n), 0}, bytes.Repeat([]byte{'Z'}, int(n))...)
}

// countingWriter counts the bytes that went through.
type countingWriter struct {
	w io.Writer
	n int64
}

func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}
