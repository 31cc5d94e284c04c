package embeddings

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/dino-go/dino/internal/atomicfile"
	"github.com/dino-go/dino/weights"
)

// Tensors of the file, N rows of D features. Text is stored as the bytes of all rows and where each
// row ends in them.
const (
	tensorEmbedding = "embedding" // F32 [N, D]
	tensorSize      = "size"      // I64 [N, 2], width and height
	tensorPatch     = "patch"     // I64 [N, 2], row and column, where rows are patches
	tensorPath      = "path"      // U8 [bytes]
	tensorPathEnd   = "path_end"  // I64 [N]
	tensorLabel     = "label"     // U8 [bytes]
	tensorLabelEnd  = "label_end" // I64 [N]
)

// spool is one tensor of a file that is being written, kept in a file of its own until its size is
// known.
type spool struct {
	name, dtype string
	shape       func(bytes int) []int
	file        *os.File
	buffered    *bufio.Writer
	bytes       int
}

// safetensorsWriter collects the tensors and joins them in the end.
type safetensorsWriter struct {
	path   string
	header Header
	dir    string // of the spools
	spools []*spool
}

func createSafetensors(path string, h Header) (Writer, error) {
	dir, err := os.MkdirTemp(filepath.Dir(path), "."+filepath.Base(path)+".tmp-*")
	if err != nil {
		return nil, err
	}
	w := &safetensorsWriter{path: path, header: h, dir: dir}
	fixed := func(dims ...int) func(int) []int { return func(int) []int { return dims } }
	text := func(bytes int) []int { return []int{bytes} }
	w.spools = []*spool{
		{name: tensorEmbedding, dtype: weights.F32, shape: fixed(h.Rows, h.Cols)},
		{name: tensorSize, dtype: weights.I64, shape: fixed(h.Rows, 2)},
		{name: tensorPathEnd, dtype: weights.I64, shape: fixed(h.Rows)},
		{name: tensorLabelEnd, dtype: weights.I64, shape: fixed(h.Rows)},
		{name: tensorPatch, dtype: weights.I64, shape: fixed(h.Rows, 2)},
		{name: tensorPath, dtype: weights.U8, shape: text},
		{name: tensorLabel, dtype: weights.U8, shape: text},
	}
	for _, s := range w.spools {
		if s.file, err = os.Create(filepath.Join(dir, s.name)); err != nil {
			w.Abort()
			return nil, err
		}
		s.buffered = bufio.NewWriter(s.file)
	}
	return w, nil
}

func (s *spool) write(b []byte) error {
	s.bytes += len(b)
	_, err := s.buffered.Write(b)
	return err
}

// tensor returns the spool of a name.
func (w *safetensorsWriter) tensor(name string) *spool {
	for _, s := range w.spools {
		if s.name == name {
			return s
		}
	}
	panic("embeddings: no tensor " + name)
}

func (w *safetensorsWriter) Write(t Table) error {
	if err := w.tensor(tensorEmbedding).write(appendFloats(nil, t.Features.Data)); err != nil {
		return err
	}
	for _, row := range t.Rows {
		for _, part := range []struct {
			name  string
			value []byte
		}{
			{tensorPath, []byte(row.Path)},
			{tensorLabel, []byte(row.Label)},
			{tensorSize, appendInts(nil, row.Width, row.Height)},
			{tensorPatch, appendInts(nil, row.Patch[0], row.Patch[1])},
		} {
			if err := w.tensor(part.name).write(part.value); err != nil {
				return err
			}
		}
		for _, name := range []string{tensorPath, tensorLabel} {
			if err := w.tensor(name + "_end").write(appendInts(nil, w.tensor(name).bytes)); err != nil {
				return err
			}
		}
	}
	return nil
}

func appendInts(b []byte, values ...int) []byte {
	for _, v := range values {
		b = binary.LittleEndian.AppendUint64(b, uint64(v))
	}
	return b
}

// Commit writes the header, which has the sizes of all tensors, and the tensors behind it.
func (w *safetensorsWriter) Commit() error {
	if !w.header.Patches {
		w.spools = append(w.spools[:4], w.spools[5:]...)
	}
	file, err := atomicfile.Create(w.path)
	if err != nil {
		return err
	}
	defer file.Abort()
	header, err := w.describe()
	if err != nil {
		return err
	}
	if _, err := file.Write(header); err != nil {
		return err
	}
	for _, s := range w.spools {
		if err := s.buffered.Flush(); err != nil {
			return err
		}
		if _, err := s.file.Seek(0, io.SeekStart); err != nil {
			return err
		}
		if _, err := io.Copy(file, s.file); err != nil {
			return err
		}
	}
	if err := file.Commit(); err != nil {
		return err
	}
	w.Abort()
	return nil
}

// describe is the length of the JSON header and the header, padded to 8 bytes.
func (w *safetensorsWriter) describe() ([]byte, error) {
	entries, offset := map[string]any{}, 0
	for _, s := range w.spools {
		entries[s.name] = map[string]any{
			"dtype": s.dtype, "shape": s.shape(s.bytes),
			"data_offsets": []int{offset, offset + s.bytes},
		}
		offset += s.bytes
	}
	if len(w.header.Metadata) > 0 {
		entries["__metadata__"] = w.header.Metadata
	}
	text, err := json.Marshal(entries)
	if err != nil {
		return nil, err
	}
	text = append(text, strings.Repeat(" ", (8-len(text)%8)%8)...)
	return append(binary.LittleEndian.AppendUint64(nil, uint64(len(text))), text...), nil
}

// Abort removes the spools.
func (w *safetensorsWriter) Abort() {
	for _, s := range w.spools {
		s.file.Close()
	}
	os.RemoveAll(w.dir)
}
