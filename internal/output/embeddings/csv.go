package embeddings

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/dino-go/dino/internal/atomicfile"
	"github.com/dino-go/dino/internal/bounded"
	"github.com/dino-go/dino/internal/csvtext"
	"github.com/dino-go/dino/internal/regularfile"
)

// columnsOf are the names of the columns that describe a row.
func columnsOf(patches bool) []string {
	names := []string{"path", "label", "width", "height"}
	if patches {
		names = append(names, "patch_row", "patch_col")
	}
	return names
}

// fields are the columns of a row as text.
func (r Row) fields(patches bool) []string {
	out := []string{csvtext.Escape(r.Path), csvtext.Escape(r.Label), strconv.Itoa(r.Width), strconv.Itoa(r.Height)}
	if patches {
		out = append(out, strconv.Itoa(r.Patch[0]), strconv.Itoa(r.Patch[1]))
	}
	return out
}

// parseRow reads fields.
func parseRow(fields []string) (Row, error) {
	r := Row{Path: csvtext.Unescape(fields[0]), Label: csvtext.Unescape(fields[1])}
	for i, into := range []*int{&r.Width, &r.Height, &r.Patch[0], &r.Patch[1]}[:len(fields)-2] {
		n, err := strconv.Atoi(fields[2+i])
		if err != nil {
			return r, fmt.Errorf("%s is not a whole number", columnsOf(true)[2+i])
		}
		*into = n
	}
	return r, nil
}

// csvWriter writes the columns of a row and, unless they lie in another file, its features as
// columns e0, e1, ….
type csvWriter struct {
	file     *atomicfile.File
	buffered *bufio.Writer
	csv      *csv.Writer
	patches  bool
	features bool
}

func createCSV(path string, h Header) (Writer, error) { return newCSV(path, h, true) }

func newCSV(path string, h Header, features bool) (*csvWriter, error) {
	file, err := atomicfile.Create(path)
	if err != nil {
		return nil, err
	}
	w := &csvWriter{file: file, buffered: bufio.NewWriter(file), patches: h.Patches, features: features}
	w.csv = csv.NewWriter(w.buffered)
	names := columnsOf(h.Patches)
	for i := 0; features && i < h.Cols; i++ {
		names = append(names, "e"+strconv.Itoa(i))
	}
	return w, w.csv.Write(names)
}

func (w *csvWriter) Write(t Table) error {
	for i, row := range t.Rows {
		fields := row.fields(w.patches)
		if w.features {
			for _, v := range t.Features.Row(i) {
				fields = append(fields, strconv.FormatFloat(float64(v), 'g', -1, 32))
			}
		}
		if err := w.csv.Write(fields); err != nil {
			return err
		}
	}
	return nil
}

func (w *csvWriter) Commit() error {
	w.csv.Flush()
	if err := errors.Join(w.csv.Error(), w.buffered.Flush()); err != nil {
		return err
	}
	return w.file.Commit()
}

func (w *csvWriter) Abort() { w.file.Abort() }

func readCSV(path string) (*Table, error) {
	file, err := regularfile.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return decodeCSV(file)
}

func decodeCSV(r io.Reader) (*Table, error) {
	t := new(Table)
	err := scanCSV(r, t, func(row Row, cells []string) error {
		features := make([]float32, len(cells))
		for i, cell := range cells {
			v, err := strconv.ParseFloat(cell, 32)
			if err != nil {
				return fmt.Errorf("column e%d is not a number", i)
			}
			features[i] = float32(v)
		}
		return t.add(row, features)
	})
	return t, err
}

// scanCSV shows every row with its cells behind the columns that describe it, and says in t whether
// rows are patches.
func scanCSV(r io.Reader, t *Table, visit func(row Row, cells []string) error) error {
	reader := csv.NewReader(csvtext.NewReader(bounded.Lines(r)))
	reader.ReuseRecord = true
	names, err := reader.Read()
	if err != nil {
		return fmt.Errorf("the line of column names: %w", err)
	}
	n := len(columnsOf(false))
	if len(names) >= n+2 && slices.Equal(names[:n+2], columnsOf(true)) {
		n, t.Patches = n+2, true
	} else if len(names) < n || !slices.Equal(names[:n], columnsOf(false)) {
		return fmt.Errorf("the first line does not begin with the columns %q: is it a file of dino embed?",
			columnsOf(false))
	}
	for {
		fields, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		row, err := parseRow(fields[:n])
		if err == nil {
			err = visit(row, fields[n:])
		}
		if err != nil {
			line, _ := reader.FieldPos(0)
			return fmt.Errorf("line %d: %w", line, err)
		}
	}
}
