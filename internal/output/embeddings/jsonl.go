package embeddings

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/dino-go/dino/internal/atomicfile"
	"github.com/dino-go/dino/internal/bounded"
	"github.com/dino-go/dino/internal/parseerror"
	"github.com/dino-go/dino/internal/regularfile"
)

// jsonRow is a line.
type jsonRow struct {
	Path      string    `json:"path"`
	Label     string    `json:"label"`
	Width     int       `json:"width"`
	Height    int       `json:"height"`
	PatchRow  *int      `json:"patch_row,omitempty"`
	PatchCol  *int      `json:"patch_col,omitempty"`
	Embedding []float32 `json:"embedding"`
}

type jsonlWriter struct {
	file     *atomicfile.File
	buffered *bufio.Writer
	patches  bool
}

func createJSONL(path string, h Header) (Writer, error) {
	file, err := atomicfile.Create(path)
	if err != nil {
		return nil, err
	}
	return &jsonlWriter{file, bufio.NewWriter(file), h.Patches}, nil
}

func (w *jsonlWriter) Write(t Table) error {
	encoder := json.NewEncoder(w.buffered)
	for i, row := range t.Rows {
		line := jsonRow{
			Path: row.Path, Label: row.Label, Width: row.Width, Height: row.Height,
			Embedding: t.Features.Row(i),
		}
		if w.patches {
			line.PatchRow, line.PatchCol = &row.Patch[0], &row.Patch[1]
		}
		if err := encoder.Encode(line); err != nil {
			return err
		}
	}
	return nil
}

func (w *jsonlWriter) Commit() error {
	if err := w.buffered.Flush(); err != nil {
		return err
	}
	return w.file.Commit()
}

func (w *jsonlWriter) Abort() { w.file.Abort() }

func readJSONL(path string) (*Table, error) {
	file, err := regularfile.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return decodeJSONL(file)
}

func decodeJSONL(r io.Reader) (*Table, error) {
	t := new(Table)
	reader := bufio.NewReader(bounded.Lines(r))
	for n := 1; ; n++ {
		line, err := reader.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		if len(bytes.TrimSpace(line)) > 0 {
			if err := t.addLine(line); err != nil {
				return nil, fmt.Errorf("line %d: %w", n, err)
			}
		}
		if err != nil {
			return t, nil
		}
	}
}

// addLine appends the row of a line. Fields that are not ours are ignored.
func (t *Table) addLine(line []byte) error {
	var r jsonRow
	if err := json.Unmarshal(line, &r); err != nil {
		return parseerror.JSON(err)
	}
	row := Row{Path: r.Path, Label: r.Label, Width: r.Width, Height: r.Height}
	if r.PatchRow != nil && r.PatchCol != nil {
		t.Patches, row.Patch = true, [2]int{*r.PatchRow, *r.PatchCol}
	}
	return t.add(row, r.Embedding)
}
