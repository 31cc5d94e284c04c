package csvtext

import (
	"bytes"
	"encoding/csv"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestEscape(t *testing.T) {
	for text, cell := range map[string]string{
		"": "", "cat": "cat", "a=b": "a=b", "'": "'", "'cat": "'cat", "é": "é",
		"=1+1": "'=1+1", "+1": "'+1", "-2": "'-2", "@x": "'@x", "\tx": "'\tx", "\rx": "'\rx", "\nx": "'\nx",
		"＝1":  "'＝1",
		" =1": "' =1", " ' =1": "' ' =1", "\u00a0@x": "'\u00a0@x", "\ufeff=1": "'\ufeff=1", "\v-1": "'\v-1",
		" x=1": " x=1", " ": " ", " 'cat": " 'cat",
		"'=1": "''=1", "''-": "'''-",
	} {
		if got := Escape(text); got != cell {
			t.Errorf("%q: cell %q, want %q", text, got, cell)
		}
		if got := Unescape(cell); got != text {
			t.Errorf("cell %q: %q, want %q", cell, got, text)
		}
	}
}

// Every text comes back from a file exactly, whatever it holds, and no cell begins like a formula.
func TestEveryTextComesBack(t *testing.T) {
	piece := rapid.OneOf(rapid.SampledFrom([]string{
		"\r\n", "\r", "\n", `"`, "'", "=", "-", ",", "\t", "x", "\xff",
		" ",
	}), rapid.String())
	text := rapid.Map(rapid.SliceOfN(piece, 0, 8), func(pieces []string) string { return strings.Join(pieces, "") })
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfN(rapid.SliceOfN(text, 3, 3), 1, 5).Draw(t, "rows")
		var file bytes.Buffer
		w := csv.NewWriter(&file)
		for _, row := range want {
			cells := []string{"1"} // an empty line would be skipped
			for _, text := range row {
				cells = append(cells, Escape(text))
				if cell := Escape(text); strings.IndexAny(cell, "\t\r\n") == 0 ||
					strings.IndexAny(strings.TrimSpace(cell), "=+-@") == 0 {
					t.Fatalf("the cell %q begins like a formula", Escape(text))
				}
			}
			if err := w.Write(cells); err != nil {
				t.Fatal(err)
			}
		}
		w.Flush()
		var from io.Reader = &file
		if rapid.Bool().Draw(t, "byte by byte") {
			from = iotest.OneByteReader(from)
		}
		rows, err := csv.NewReader(NewReader(from)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		var got [][]string
		for _, cells := range rows {
			var row []string
			for _, cell := range cells[1:] {
				row = append(row, Unescape(cell))
			}
			got = append(got, row)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("-written +read:\n%s", diff)
		}
	})
}

// Files whose lines end as on Windows are read as before.
func TestLinesOfWindows(t *testing.T) {
	got, err := csv.NewReader(NewReader(strings.NewReader("a,b\r\n1,\"x\r\ny\"\r\n"))).ReadAll()
	want := [][]string{{"a", "b"}, {"1", "x\r\ny"}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestErrorOfTheFile(t *testing.T) {
	if _, err := io.ReadAll(NewReader(iotest.ErrReader(io.ErrClosedPipe))); err != io.ErrClosedPipe {
		t.Errorf("got %v", err)
	}
}
