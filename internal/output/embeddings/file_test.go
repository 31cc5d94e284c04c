package embeddings

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/testkit/pythontest"
)

// drawTable makes a table with any text and any finite numbers.
func drawTable(t *rapid.T) Table {
	rows, cols := rapid.IntRange(1, 12).Draw(t, "rows"), rapid.IntRange(1, 9).Draw(t, "columns")
	table := Table{Features: eval.NewMatrix(rows, cols), Patches: rapid.Bool().Draw(t, "patches")}
	text := rapid.StringMatching(`[a-zé ,"=+@\r\n\t'/0-9-]{0,12}`)
	side := rapid.IntRange(0, 70000)
	for i := range rows {
		row := Row{
			Path: text.Draw(t, "path"), Label: text.Draw(t, "label"), Width: side.Draw(t, "width"),
			Height: side.Draw(t, "height"),
		}
		if table.Patches {
			row.Patch = [2]int{i / 3, i % 3}
		}
		table.Rows = append(table.Rows, row)
		for j := range cols {
			table.Features.Row(i)[j] = rapid.Float32Range(-math.MaxFloat32, math.MaxFloat32).Draw(t, "feature")
		}
	}
	return table
}

// slice returns some rows of a table.
func (t Table) slice(from, to int) Table {
	t.Rows = t.Rows[from:to]
	t.Features.Data = t.Features.Data[from*t.Features.Cols : to*t.Features.Cols]
	t.Features.Rows = to - from
	return t
}

func write(path string, table Table, cut int) error {
	h := Header{
		Rows: len(table.Rows), Cols: table.Features.Cols, Patches: table.Patches,
		Metadata: map[string]string{"dino.features": "cls"},
	}
	w, err := Create(path, h)
	if err != nil {
		return err
	}
	defer w.Abort()
	for _, part := range []Table{table.slice(0, cut), table.slice(cut, len(table.Rows))} {
		if err := w.Write(part); err != nil {
			return err
		}
	}
	return w.Commit()
}

// Every format gives back what was written in pieces, bit for bit, and nothing else is left in the
// folder.
func TestRoundTrip(t *testing.T) {
	for _, extension := range Extensions() {
		t.Run(extension, func(t *testing.T) {
			dir := t.TempDir()
			for seed := range 12 { // few, for every file is synced
				table := rapid.Custom(drawTable).Example(seed)
				path := filepath.Join(dir, "f"+extension)
				if err := write(path, table, seed*len(table.Rows)/11); err != nil {
					t.Fatal(err)
				}
				got, err := Read(path)
				if err != nil {
					t.Fatal(err)
				}
				got.Metadata = nil
				if diff := cmp.Diff(table, *got); diff != "" {
					t.Fatalf("read back (−written +read):\n%s", diff)
				}
			}
			names, err := filepath.Glob(filepath.Join(dir, "*"))
			if err != nil {
				t.Fatal(err)
			}
			hidden, _ := filepath.Glob(filepath.Join(dir, ".*"))
			want := 1
			if extension == ".npy" {
				want = 2
			}
			if len(names) != want || len(hidden) > 0 {
				t.Errorf("left in the folder: %v %v", names, hidden)
			}
		})
	}
}

// small is a table of two images.
func small() Table {
	return Table{
		Rows: []Row{
			{Path: "cat/1.png", Label: "cat", Width: 30, Height: 20},
			{Path: "dog/é, 2.png", Label: "dog", Width: 40, Height: 50},
		},
		Features: eval.Matrix{Rows: 2, Cols: 3, Data: []float32{1, 0.1, -2.5, 3e-20, 0, 7}},
	}
}

// Cells that a spreadsheet would compute are written as text.
func TestCSVHasNoFormulas(t *testing.T) {
	table := small()
	table.Rows[0].Path, table.Rows[0].Label = "=1+1/a.png", "@b"
	for name, text := range map[string]func(path string) string{
		"f.csv": func(path string) string { return path },
		"f.npy": RowsFile,
	} {
		path := filepath.Join(t.TempDir(), name)
		if err := write(path, table, 1); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(text(path))
		if err != nil || !strings.Contains(string(got), "\n'=1+1/a.png,'@b,30,20") {
			t.Errorf("%s: %v\n%s", name, err, got)
		}
	}
}

func TestWritersRefuse(t *testing.T) {
	nan := small()
	nan.Features.Data[4] = float32(math.NaN())
	wide := small()
	wide.Features = eval.NewMatrix(2, 4)
	short := small()
	short.Features.Data = short.Features.Data[:5]
	for _, extension := range Extensions() {
		dir := t.TempDir()
		path := filepath.Join(dir, "f"+extension)
		for want, table := range map[string]Table{
			`row 1 ("dog/é, 2.png"), column 1 is NaN: all must be finite`: nan,
			"rows have 4 numbers: must be 3":                              wide,
			"5 numbers of features for rows of 3":                         short,
		} {
			w, err := Create(path, Header{Rows: 2, Cols: 3})
			if err != nil {
				t.Fatal(err)
			}
			if err := w.Write(table); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %q", extension, err, want)
			}
			w.Abort()
		}
		w, err := Create(path, Header{Rows: 3, Cols: 3})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write(small()); err != nil {
			t.Fatal(err)
		}
		if err := w.Commit(); err == nil || !strings.Contains(err.Error(), "2 rows were written: must be 3") {
			t.Errorf("%s: a row less than promised: %v", extension, err)
		}
		w.Abort()
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("%s: a file that was given up left %v", extension, left)
		}
	}
	if _, err := Create("f.txt", Header{Rows: 1, Cols: 1}); err == nil ||
		!strings.Contains(err.Error(), "a file of embeddings ends in .parquet, .npy") {
		t.Errorf("an unknown format: %v", err)
	}
	if _, err := Create("f.csv", Header{Cols: 1}); err == nil {
		t.Error("no rows are accepted")
	}
}

// Files that are cut off or have a bit turned are an error or give other numbers, and never a
// panic.
func TestDamagedFiles(t *testing.T) {
	dir := t.TempDir()
	for _, extension := range Extensions() {
		path := filepath.Join(dir, "f"+extension)
		if err := write(path, small(), 1); err != nil {
			t.Fatal(err)
		}
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(whole); i += 1 + len(whole)/80 {
			for _, bad := range [][]byte{
				whole[:i],
				append(append(bytes.Clone(whole[:i]), whole[i]^16), whole[i+1:]...),
			} {
				if err := os.WriteFile(path, bad, 0o600); err != nil {
					t.Fatal(err)
				}
				if table, err := Read(path); err == nil {
					if err := table.check(); err != nil {
						t.Fatalf("%s with byte %d changed is read, but: %v", extension, i, err)
					}
				}
			}
		}
	}
}

func TestReadErrors(t *testing.T) {
	header := "path,label,width,height,e0,e1\n"
	for name, c := range map[string]struct{ text, want string }{
		"empty.csv":   {header, "there are 0 rows"},
		"nan.csv":     {header + "a,b,1,2,3,NaN\n", `row 0 ("a"), column 1 is NaN`},
		"ragged.csv":  {header + "a,b,1,2,3\n", "wrong number of fields"},
		"text.csv":    {header + "a,b,1,2,3,x\n", "line 2: column e1 is not a number"},
		"side.csv":    {header + "a,b,wide,2,3,4\n", "line 2: width is not a whole number"},
		"columns.csv": {"name,e0\na,1\n", "the first line does not begin with the columns"},
		"blank.csv":   {"", "the line of column names"},
		"mixed.jsonl": {
			`{"path":"a","embedding":[1,2]}` + "\n" + `{"path":"b","embedding":[1,2,3]}`,
			`line 2: row 1 ("b") has 3 numbers, the rows before it have 2`,
		},
		"torn.jsonl":    {`{"path":"a","embedding":[1,2]}` + "\n" + `{"path":"b`, "line 2: it is not JSON from byte"},
		"none.jsonl":    {"\n", "there are 0 rows"},
		"large.jsonl":   {`{"path":"a","embedding":[1e99]}`, "line 1: "},
		"text.npy":      {"hello", "it is not a NumPy file of format 1.0"},
		"int.npy":       {string(npyWith("'<i8'")), "something else than a matrix of little-endian float32 or float64"},
		"f.parquet":     {"PAR1 nothing PAR1", "f.parquet"},
		"f.safetensors": {"nothing at all", "f.safetensors"},
	} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(path); err == nil || !strings.Contains(err.Error(), c.want) ||
			!strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if _, err := Read(filepath.Join(t.TempDir(), "none.csv")); err == nil {
		t.Error("a file that is missing is read")
	}
}

// npyWith is a file of two numbers of a type.
func npyWith(descr string) []byte {
	b := npyHeader(1, 2)
	b = bytes.Replace(b, []byte("'<f4'"), []byte(descr), 1)
	return append(b, make([]byte, 16)...)
}

// NumPy's own default is float64, and no description lies beside it.
func TestReadFloat64(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f.npy")
	b := bytes.Replace(npyHeader(1, 2), []byte("'<f4'"), []byte("'<f8'"), 1)
	b = append(b, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0xc0) // 1.5, −2
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]float32{1.5, -2}, got.Features.Data); diff != "" || len(got.Rows) != 1 {
		t.Errorf("%d rows, %s", len(got.Rows), diff)
	}
}

func TestClasses(t *testing.T) {
	table := small()
	labels, classes, err := table.Classes([]string{"bee", "dog"})
	if err != nil || fmt.Sprint(labels, classes) != "[2 1] [bee dog cat]" {
		t.Errorf("%v %v %v", labels, classes, err)
	}
	table.Rows[1].Label = ""
	if _, _, err := table.Classes(nil); err == nil ||
		!strings.Contains(err.Error(), `row 1 ("dog/é, 2.png") has no label`) {
		t.Errorf("a label is missing: %v", err)
	}
}

// Other programs read the same numbers.
func TestOtherReaders(t *testing.T) {
	dir := t.TempDir()
	for _, extension := range []string{".parquet", ".npy"} {
		if err := write(filepath.Join(dir, "f"+extension), small(), 1); err != nil {
			t.Fatal(err)
		}
	}
	for module, program := range map[string]string{
		"pyarrow": `import sys, json, pyarrow.parquet as pq
t = pq.read_table(sys.argv[1] + "/f.parquet")
print(json.dumps({"path": t["path"].to_pylist(), "label": t["label"].to_pylist(), "width": t["width"].to_pylist(), "embedding": t["embedding"].to_pylist(),
  "type": str(t.schema.field("embedding").type)}))`,
		"duckdb": `import sys, json, duckdb
rows = duckdb.sql("select path, label, width, embedding, typeof(embedding) from '%s/f.parquet'" % sys.argv[1]).fetchall()
p, l, w, e, t = zip(*rows)
print(json.dumps({"path": p, "label": l, "width": w, "embedding": e, "type": t[0]}))`,
		"pandas": `import sys, json, pandas
t = pandas.read_parquet(sys.argv[1] + "/f.parquet")
print(json.dumps({"path": list(t.path), "label": list(t.label), "width": [int(w) for w in t.width], "embedding": [[float(v) for v in e] for e in t.embedding], "type": ""}))`,
		"numpy": `import sys, json, numpy, csv
x = numpy.load(sys.argv[1] + "/f.npy")
rows = list(csv.DictReader(open(sys.argv[1] + "/f.rows.csv", encoding="utf-8")))
print(json.dumps({"path": [r["path"] for r in rows], "label": [r["label"] for r in rows], "width": [int(r["width"]) for r in rows], "embedding": x.tolist(), "type": str(x.dtype)}))`,
	} {
		t.Run(module, func(t *testing.T) {
			python := pythontest.Find(t, module)
			var got struct {
				Path, Label []string
				Width       []int
				Embedding   [][]float32
				Type        string
			}
			pythontest.Run(t, python, program, &got, dir)
			want := map[string]string{"pyarrow": arrowType, "duckdb": "FLOAT[]", "numpy": "float32"}[module]
			if got.Type != want {
				t.Errorf("the features have type %s, want %s", got.Type, want)
			}
			table := small()
			for i, row := range table.Rows {
				if got.Path[i] != row.Path || got.Label[i] != row.Label || got.Width[i] != row.Width {
					t.Errorf("row %d is %q %q %d", i, got.Path[i], got.Label[i], got.Width[i])
				}
				if diff := cmp.Diff(table.Features.Row(i), got.Embedding[i]); diff != "" {
					t.Errorf("row %d: %s", i, diff)
				}
			}
		})
	}
}

// arrowType is what Arrow makes of the features.
const arrowType = "fixed_size_list<element: float not null>[3]"

// A NumPy file that promises more numbers than it has takes no memory for them, whatever their
// product is.
func TestPromisesOfNPY(t *testing.T) {
	for _, shape := range []string{"(1, 3)", "(2147483647, 2147483647)", "(0, 2)", "(1073741824, 1073741824)"} {
		text := "{'descr': '<f8', 'fortran_order': False, 'shape': " + shape + ", }\n"
		b := append([]byte(npyMagic), byte(len(text)), 0)
		b = append(append(b, text...), make([]byte, 16)...)
		path := filepath.Join(t.TempDir(), "f.npy")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(path); err == nil ||
			!strings.Contains(err.Error(), "it has 16 bytes behind its header: must have") {
			t.Errorf("%s: %v", shape, err)
		}
	}
}
