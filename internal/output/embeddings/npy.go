package embeddings

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/dino-go/dino/internal/atomicfile"
	"github.com/dino-go/dino/internal/regularfile"
)

// npyMagic begins a NumPy file of format 1.0.
const npyMagic = "\x93NUMPY\x01\x00"

// RowsFile is where the rows of a NumPy file, which has a place for numbers only, are described.
func RowsFile(path string) string { return strings.TrimSuffix(path, ".npy") + ".rows.csv" }

// npyWriter writes float32 numbers [rows, columns], and the rest as CSV beside them.
type npyWriter struct {
	file     *atomicfile.File
	buffered *bufio.Writer
	rows     *csvWriter
	bytes    []byte
}

func createNPY(path string, h Header) (Writer, error) {
	rows, err := newCSV(RowsFile(path), h, false)
	if err != nil {
		return nil, err
	}
	file, err := atomicfile.Create(path)
	if err != nil {
		rows.Abort()
		return nil, err
	}
	w := &npyWriter{file: file, buffered: bufio.NewWriter(file), rows: rows}
	_, err = w.buffered.Write(npyHeader(h.Rows, h.Cols))
	return w, err
}

// npyHeader describes a float32 array in C order, padded so that the numbers begin at a multiple of
// 64 bytes.
func npyHeader(rows, cols int) []byte {
	text := fmt.Sprintf("{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }", rows, cols)
	pad := 63 - (len(npyMagic)+2+len(text))%64
	text += strings.Repeat(" ", pad) + "\n"
	return append(binary.LittleEndian.AppendUint16([]byte(npyMagic), uint16(len(text))), text...)
}

func (w *npyWriter) Write(t Table) error {
	w.bytes = appendFloats(w.bytes[:0], t.Features.Data)
	if _, err := w.buffered.Write(w.bytes); err != nil {
		return err
	}
	return w.rows.Write(t)
}

// Commit makes the description appear first: numbers without one would look complete.
func (w *npyWriter) Commit() error {
	if err := w.buffered.Flush(); err != nil {
		return err
	}
	if err := w.rows.Commit(); err != nil {
		return err
	}
	return w.file.Commit()
}

func (w *npyWriter) Abort() {
	w.rows.Abort()
	w.file.Abort()
}

// appendFloats appends numbers in little-endian order.
func appendFloats(b []byte, values []float32) []byte {
	for _, v := range values {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}

var npyPattern = regexp.MustCompile(`^\{'descr': '<f([48])', 'fortran_order': False, 'shape': \((\d+), (\d+)\), \}\s*$`)

// readNPY reads a matrix of float32 or float64 numbers. Without a file that describes its rows,
// they have no paths and labels.
func readNPY(path string) (*Table, error) {
	file, err := regularfile.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	t := new(Table)
	if err := t.readNumbers(file, info.Size()); err != nil {
		return nil, err
	}
	beside, err := regularfile.Open(RowsFile(path))
	if errors.Is(err, os.ErrNotExist) {
		t.Rows = make([]Row, t.Features.Rows)
		return t, nil
	}
	if err != nil {
		return nil, err
	}
	defer beside.Close()
	err = scanCSV(beside, t, func(row Row, cells []string) error {
		if len(cells) > 0 {
			return fmt.Errorf("there are %d columns more than describe a row", len(cells))
		}
		t.Rows = append(t.Rows, row)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", RowsFile(path), err)
	}
	return t, nil
}

// readNumbers reads the matrix of a file of a given size.
func (t *Table) readNumbers(file io.Reader, size int64) error {
	start := make([]byte, len(npyMagic)+2)
	if _, err := io.ReadFull(file, start); err != nil || string(start[:len(npyMagic)]) != npyMagic {
		return fmt.Errorf("it is not a NumPy file of format 1.0")
	}
	header := make([]byte, binary.LittleEndian.Uint16(start[len(npyMagic):]))
	if _, err := io.ReadFull(file, header); err != nil {
		return fmt.Errorf("its header is cut off")
	}
	match := npyPattern.FindStringSubmatch(string(header))
	if match == nil {
		return fmt.Errorf("its header describes something else than a matrix of little-endian float32 or float64 " +
			"numbers in C order")
	}
	bytes, _ := strconv.ParseUint(match[1], 10, 8)
	rows, errRows := strconv.ParseUint(match[2], 10, 31)
	cols, errCols := strconv.ParseUint(match[3], 10, 31)
	if err := errors.Join(errRows, errCols); err != nil {
		return err
	}
	if cols == 0 { // then any number of rows would fit
		return fmt.Errorf("its shape is (%d, 0): must have at least one column", rows)
	}
	data := uint64(size) - uint64(len(start)+len(header))
	if rows*cols > data || rows*cols*bytes != data { // the first for products that overflow
		return fmt.Errorf("it has %d bytes behind its header: must have %d×%d numbers of %d bytes", data, rows, cols,
			bytes)
	}
	t.Features.Rows, t.Features.Cols = int(rows), int(cols)
	t.Features.Data = make([]float32, rows*cols)
	return readFloats(bufio.NewReader(file), t.Features.Data, int(bytes))
}

// readFloats fills values from numbers of 4 or 8 bytes.
func readFloats(r io.Reader, values []float32, size int) error {
	var b [8]byte
	for i := range values {
		if _, err := io.ReadFull(r, b[:size]); err != nil {
			return err
		}
		if size == 4 {
			values[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[:]))
		} else {
			values[i] = float32(math.Float64frombits(binary.LittleEndian.Uint64(b[:])))
		}
	}
	return nil
}
