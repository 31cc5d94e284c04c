package weights

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/dino-go/dino/weights/pickle"
)

var zipMagic = []byte("PK\x03\x04")

// maxZipDirectory bounds the directory of an archive in bytes, together with an
// eighth of the file: reading it takes several times its size in memory.
const maxZipDirectory = 4 << 20

// pthDirectory is the directory of the zip form: NAME/data.pkl and one entry
// NAME/data/KEY for each storage. These are stored, not compressed, so that they
// can be mapped. Checksums are not compared: PyTorch can be told to write none.
type pthDirectory struct {
	prefix  string // NAME/
	entries map[string]zipEntry
}

// readZipPTH reads the zip form.
func readZipPTH(r *region) (*pthPickle, error) {
	a, err := openPTHDirectory(r)
	if err != nil {
		return nil, err
	}
	name := a.prefix + "data.pkl"
	text, err := a.entries[name].read(r)
	if err != nil {
		return nil, err
	}
	p := &pthPickle{storages: map[string]*pthStorage{}}
	p.root, _, err = pickle.Decode(text, pickle.Options{
		Find: findClass, Memory: pickleMemory(r.size),
		Persistent: func(id any) (any, error) { return p.storage(id, a.locate) },
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return p, nil
}

// openPTHDirectory reads the directory and verifies that the file is of this form.
func openPTHDirectory(r *region) (a pthDirectory, err error) {
	if a.entries, err = zipEntries(r); err != nil {
		return a, err
	}
	for name := range a.entries {
		if p, ok := strings.CutSuffix(name, "/data.pkl"); ok && !strings.Contains(p, "/") {
			a.prefix = p + "/"
		}
	}
	if a.prefix == "" && slices.ContainsFunc(slices.Collect(maps.Keys(a.entries)), isNumPy) {
		return a, errors.New("is an archive of NumPy (.npz), in which the JAX code of big_vision publishes weights: " +
			"dino reads none; timm does, so load it with timm.create_model(NAME, checkpoint_path=…) and save that " +
			"with torch.save(model.state_dict(), …)")
	}
	if a.prefix == "" {
		return a, errors.New("is a zip archive without NAME/data.pkl: not a PyTorch file")
	}
	if _, ok := a.entries[a.prefix+"constants.pkl"]; ok {
		return a, errors.New("is a TorchScript program: save the weights alone with torch.save(model.state_dict(), …)")
	}
	if order, ok := a.entries[a.prefix+"byteorder"]; ok {
		text, err := order.read(r)
		if err != nil || string(text) != "little" {
			return a, errors.Join(fmt.Errorf("byte order is %.16q, want \"little\"", text), err)
		}
	}
	return a, nil
}

// locate finds the data of a storage.
func (a pthDirectory) locate(key string, s *pthStorage) error {
	name := a.prefix + "data/" + key
	entry, ok := a.entries[name]
	if !ok {
		return fmt.Errorf("the archive lacks the storage %s", name)
	}
	if entry.compressed {
		return errCompressed(name)
	}
	if want := s.len * int64(elementSize(s.dtype)); entry.size < want {
		return fmt.Errorf("storage %s has %d bytes, %d elements of %s need %d", name, entry.size, s.len, s.dtype, want)
	}
	s.begin, s.located = entry.begin, true
	return nil
}

// zipEntry is where an entry of an archive lies in the file.
type zipEntry struct {
	name        string
	begin, size int64
	compressed  bool
}

func (e zipEntry) read(r *region) ([]byte, error) {
	if e.compressed {
		return nil, errCompressed(e.name)
	}
	return r.view(e.begin, e.size)
}

// errCompressed refuses to unpack what may be a thousand times its size.
func errCompressed(name string) error {
	return fmt.Errorf("entry %q of the archive is compressed: PyTorch's never are; unpack the archive and "+
		"zip it with -0", name)
}

// zipEntries reads the directory of an archive.
func zipEntries(r *region) (map[string]zipEntry, error) {
	archive, err := zip.NewReader(&meteredReader{r: r, left: maxZipDirectory + r.size/8}, r.size)
	if err != nil {
		return nil, fmt.Errorf("the directory of the zip archive: %w; cut off or damaged", err)
	}
	entries := make(map[string]zipEntry, len(archive.File))
	for _, f := range archive.File {
		begin, err := f.DataOffset()
		if err != nil {
			return nil, fmt.Errorf("entry %q of the archive: %w", f.Name, err)
		}
		if f.CompressedSize64 > uint64(r.size) || begin > r.size-int64(f.CompressedSize64) {
			return nil, fmt.Errorf("entry %q of the archive claims %d bytes at %d, the file has %d", f.Name,
				f.CompressedSize64, begin, r.size)
		}
		if _, twice := entries[f.Name]; twice {
			return nil, fmt.Errorf("entry %q of the archive appears twice", f.Name)
		}
		packed := f.Method != zip.Store || f.UncompressedSize64 != f.CompressedSize64
		entries[f.Name] = zipEntry{f.Name, begin, int64(f.CompressedSize64), packed}
	}
	return entries, nil
}

// meteredReader reads a region, up to a number of bytes in all.
type meteredReader struct {
	r    *region
	left int64
}

func (m *meteredReader) ReadAt(p []byte, offset int64) (int, error) {
	n := min(int64(len(p)), max(0, m.r.size-offset))
	if m.left -= n; m.left < 0 {
		return 0, errors.New("has more entries than a file of this size has tensors")
	}
	data, err := m.r.view(offset, n)
	if err != nil {
		return 0, err
	}
	copied := copy(p, data)
	if copied < len(p) {
		return copied, io.EOF
	}
	return copied, nil
}

// isNumPy tells an entry that is an array of NumPy.
func isNumPy(entry string) bool { return strings.HasSuffix(entry, ".npy") }
