package embeddings

import (
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"github.com/dino-go/dino/internal/atomicfile"
	"github.com/dino-go/dino/internal/regularfile"
)

// imageRow and patchRow are the schemas: a list of float32, of the same length in every row.
type imageRow struct {
	Path      string    `parquet:"path"`
	Label     string    `parquet:"label,dict"`
	Width     int32     `parquet:"width"`
	Height    int32     `parquet:"height"`
	Embedding []float32 `parquet:"embedding,list"`
}

type patchRow struct {
	Path      string    `parquet:"path,dict"`
	Label     string    `parquet:"label,dict"`
	Width     int32     `parquet:"width"`
	Height    int32     `parquet:"height"`
	PatchRow  int32     `parquet:"patch_row"`
	PatchCol  int32     `parquet:"patch_col"`
	Embedding []float32 `parquet:"embedding,list"`
}

// rowGroupBytes is about how large a row group is in memory, where it is kept until it is full: a
// number takes 4 bytes and 2 of levels, and a row some more for its path.
const rowGroupBytes = 16 << 20

// parquetMagic is how a Parquet file begins; the library's error for another quotes it.
const parquetMagic = "PAR1"

var errNoParquet = errors.New("it is not a Parquet file")

// parquetWriter writes rows of type T.
type parquetWriter[T any] struct {
	file   *atomicfile.File
	writer *parquet.GenericWriter[T]
	row    func(r Row, features []float32) T
}

func createParquet(path string, h Header) (Writer, error) {
	if h.Patches {
		return newParquet(path, h, func(r Row, features []float32) patchRow {
			return patchRow{
				r.Path, r.Label, int32(r.Width), int32(r.Height), int32(r.Patch[0]), int32(r.Patch[1]),
				features,
			}
		})
	}
	return newParquet(path, h, func(r Row, features []float32) imageRow {
		return imageRow{r.Path, r.Label, int32(r.Width), int32(r.Height), features}
	})
}

func newParquet[T any](path string, h Header, row func(r Row, features []float32) T) (Writer, error) {
	file, err := atomicfile.Create(path)
	if err != nil {
		return nil, err
	}
	options := []parquet.WriterOption{
		parquet.CreatedBy("dino", "1", ""), parquet.Compression(&zstd.Codec{}),
		parquet.KeyValueMetadata(arrowSchemaKey, arrowSchema(h.Cols, h.Patches)),
		parquet.MaxRowsPerRowGroup(int64(max(1, rowGroupBytes/(6*h.Cols+128)))),
	}
	for key, value := range h.Metadata {
		options = append(options, parquet.KeyValueMetadata(key, value))
	}
	return &parquetWriter[T]{file, parquet.NewGenericWriter[T](file, options...), row}, nil
}

func (w *parquetWriter[T]) Write(t Table) error {
	rows := make([]T, len(t.Rows))
	for i, row := range t.Rows {
		rows[i] = w.row(row, t.Features.Row(i))
	}
	_, err := w.writer.Write(rows)
	return err
}

func (w *parquetWriter[T]) Commit() error {
	if err := w.writer.Close(); err != nil {
		return err
	}
	return w.file.Commit()
}

func (w *parquetWriter[T]) Abort() { w.file.Abort() }

// readParquet reads a file. The library panics on some damaged ones.
func readParquet(path string) (t *Table, err error) {
	defer func() {
		if reason := recover(); reason != nil {
			t, err = nil, fmt.Errorf("it is damaged: %v", reason)
		}
	}()
	file, err := regularfile.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if magic := make([]byte, len(parquetMagic)); info.Size() < int64(len(magic)) {
		return nil, errNoParquet
	} else if _, err := file.ReadAt(magic, 0); err != nil || string(magic) != parquetMagic {
		return nil, errors.Join(errNoParquet, err)
	}
	opened, err := parquet.OpenFile(file, info.Size())
	if err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for _, field := range opened.Schema().Fields() {
		names[field.Name()] = true
	}
	for _, name := range []string{"path", "label", "width", "height", "embedding"} {
		if !names[name] {
			return nil, fmt.Errorf("there is no column %q", name)
		}
	}
	t = &Table{Patches: names["patch_row"] && names["patch_col"], Metadata: map[string]string{}}
	for _, pair := range opened.Metadata().KeyValueMetadata {
		if pair.Key != arrowSchemaKey {
			t.Metadata[pair.Key] = pair.Value
		}
	}
	if t.Patches {
		return t, readRows(opened, func(r patchRow) error {
			return t.add(Row{r.Path, r.Label, int(r.Width), int(r.Height), [2]int{int(r.PatchRow), int(r.PatchCol)}},
				r.Embedding)
		})
	}
	return t, readRows(opened, func(r imageRow) error {
		return t.add(Row{Path: r.Path, Label: r.Label, Width: int(r.Width), Height: int(r.Height)}, r.Embedding)
	})
}

// readRows shows every row of a file.
func readRows[T any](file *parquet.File, visit func(T) error) error {
	reader := parquet.NewGenericReader[T](file)
	defer reader.Close()
	rows := make([]T, 256)
	for {
		clear(rows)
		n, err := reader.Read(rows)
		for _, row := range rows[:n] {
			if err := visit(row); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
