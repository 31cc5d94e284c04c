package embeddings

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dino-go/dino/weights"
)

// decoders read the formats that are ours from memory: a file for each input would take most of the
// time.
var decoders = []struct {
	extension string
	decode    func(data []byte) (*Table, error)
}{
	{".npy", func(data []byte) (*Table, error) {
		t := new(Table)
		if err := t.readNumbers(bytes.NewReader(data), int64(len(data))); err != nil {
			return nil, err
		}
		t.Rows = make([]Row, t.Features.Rows)
		return t, nil
	}},
	{".csv", func(data []byte) (*Table, error) { return decodeCSV(bytes.NewReader(data)) }},
	{".jsonl", func(data []byte) (*Table, error) { return decodeJSONL(bytes.NewReader(data)) }},
	{".safetensors", func(data []byte) (*Table, error) {
		file, err := weights.OpenBytes(data)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		return decodeSafetensors(file)
	}},
}

// FuzzRead gives any bytes to the readers that are ours. They must not panic, nor give rows and
// features that do not fit, nor more numbers than the file has bytes for.
//
// An execution takes 12 to 14 µs of one core in a plain loop, but 800 to 1,100 under the fuzzer, of
// which one whose target is empty takes 370 here: Go zeroes, copies and compares a counter for
// every edge of the code in the test binary, 115 000 with Parquet and its kind. It is not the
// minimizer: without it (-fuzzminimizetime 1x) the rate is the same.
func FuzzRead(f *testing.F) {
	dir := f.TempDir()
	for i, d := range decoders {
		path := filepath.Join(dir, "f"+d.extension)
		if err := write(path, small(), 1); err != nil {
			f.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(i), text)
		f.Add(uint8(i), text[:len(text)/2])
	}
	f.Fuzz(func(t *testing.T, kind uint8, text []byte) {
		table, err := decoders[int(kind)%len(decoders)].decode(text)
		if err != nil {
			return
		}
		if m := table.Features; m.Rows != len(table.Rows) || len(m.Data) != m.Rows*m.Cols || len(m.Data) > len(text) {
			t.Errorf("%d rows, features [%d, %d] of %d numbers in %d bytes", len(table.Rows), m.Rows, m.Cols,
				len(m.Data), len(text))
		}
		_ = table.check()
	})
}

// Without columns a file of a hundred bytes could claim any number of rows, for which memory would
// be taken.
func TestReadRefusesRowsWithoutColumns(t *testing.T) {
	header := "{'descr': '<f4', 'fortran_order': False, 'shape': (2147483647, 0), }\n"
	_, err := decoders[0].decode([]byte("\x93NUMPY\x01\x00" + string([]byte{byte(len(header)), 0}) + header))
	if err == nil || !strings.Contains(err.Error(), "at least one column") {
		t.Errorf(".npy: got %v", err)
	}
	path := filepath.Join(t.TempDir(), "f.safetensors")
	if err := weights.Write(path,
		map[string]weights.Tensor{tensorEmbedding: {DType: weights.F32, Shape: []int{2147483647, 0}}},
		nil); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(path); err == nil || !strings.Contains(err.Error(), "at least one column") {
		t.Errorf(".safetensors: got %v", err)
	}
}
