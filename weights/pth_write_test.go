package weights_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/testkit/pythontest"
	"github.com/dino-go/dino/weights"
)

// drawTensors draws tensors of all types, some within dicts.
func drawTensors(r *rapid.T) map[string]weights.Tensor {
	out := map[string]weights.Tensor{}
	sizes := map[string]int{
		weights.F64: 8, weights.I64: 8, weights.F32: 4, weights.I32: 4, weights.F16: 2,
		weights.BF16: 2, weights.I16: 2, weights.I8: 1, weights.U8: 1, weights.Bool: 1,
	}
	for range rapid.IntRange(0, 6).Draw(r, "tensors") {
		name := rapid.StringMatching(`(teacher/|a/b/)?[a-zä.0-9]{3,8}`).Draw(r, "name")
		dtype := rapid.SampledFrom([]string{
			weights.F32, weights.F64, weights.F16, weights.BF16, weights.I64,
			weights.I32, weights.I16, weights.I8, weights.U8, weights.Bool,
		}).Draw(r, "type")
		shape := rapid.SliceOfN(rapid.IntRange(0, 4), 0, 3).Draw(r, "shape")
		n := sizes[dtype]
		for _, d := range shape {
			n *= d
		}
		data := rapid.SliceOfN(rapid.Byte(), n, n).Draw(r, "data")
		if dtype == weights.Bool {
			for i := range data {
				data[i] &= 1
			}
		}
		out[name] = weights.Tensor{DType: dtype, Shape: shape, Data: data}
	}
	return out
}

func TestWritePTHIsReadBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.pth")
	rapid.Check(t, func(r *rapid.T) {
		want := drawTensors(r)
		settings := map[string]any{
			"epoch": rapid.Int64().Draw(r, "epoch"), "note/text": "x", "note/yes": true,
			"note/no": false,
		}
		if err := weights.WritePTH(path, want, settings); err != nil {
			r.Fatal(err)
		}
		f, err := weights.OpenPTH(path)
		if err != nil {
			r.Fatal(err)
		}
		defer f.Close()
		got := map[string]weights.Tensor{}
		for _, name := range f.Names() {
			if got[name], err = f.Tensor(name); err != nil {
				r.Fatal(err)
			}
		}
		if diff := cmp.Diff(want, got, cmpEmpty); diff != "" {
			r.Error(diff)
		}
		text := map[string]string{
			"epoch": jsonText(settings["epoch"]), "note/text": "x", "note/yes": "true",
			"note/no": "false",
		}
		if diff := cmp.Diff(text, f.Metadata()); diff != "" {
			r.Error(diff)
		}
	})
}

// Everything that PyTorch makes of a file is what was written; it runs in an interpreter that
// refuses all but tensors.
func TestTorchLoadsWeightsOnly(t *testing.T) {
	want := rapid.Custom(drawTensors).Filter(func(m map[string]weights.Tensor) bool { return len(m) > 4 }).Example(1)
	want["scalar"] = weights.FromFloat32s(nil, []float32{7})
	want["empty"] = weights.FromFloat32s([]int{2, 0}, nil)
	path := filepath.Join(t.TempDir(), "checkpoint.0.pth")
	settings := map[string]any{
		"epoch": int64(3), "steps": int64(math.MaxInt64), "minus": int64(-1 << 40),
		"name": "Größe", "ema": true,
	}
	if err := weights.WritePTH(path, want, settings); err != nil {
		t.Fatal(err)
	}
	got, values := pythontest.TorchLoad(t, path)
	if diff := cmp.Diff(want, got, cmpEmpty); diff != "" {
		t.Error(diff)
	}
	for name, w := range settings {
		if values[name] != jsonText(w) {
			t.Errorf("%s: PyTorch has %s, want %s", name, values[name], jsonText(w))
		}
	}
}

// The data of every storage can be mapped.
func TestWritePTHAlignsStorages(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.pth")
	marks := map[string]weights.Tensor{}
	for _, name := range []string{"x", "yy", "zzz"} {
		marks[name] = weights.FromBytes([]int{16}, []byte("MARK" + strings.Repeat(name, 16))[:16])
	}
	if err := weights.WritePTH(path, marks, nil); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, m := range marks {
		if at := strings.Index(string(text), string(m.Data)); at < 0 || at%64 != 0 {
			t.Errorf("the data of %s lies at byte %d, want a multiple of 64", name, at)
		}
	}
}

func TestWritePTHErrors(t *testing.T) {
	one := weights.FromFloat32s(nil, []float32{1})
	for _, test := range []struct {
		tensors  map[string]weights.Tensor
		settings map[string]any
		want     string
	}{
		{map[string]weights.Tensor{"a": one, "a/b": one}, nil, `"a/b" lies below another value`},
		{map[string]weights.Tensor{"a/b": one}, map[string]any{"a": true}, `"a" is the name of two values`},
		{nil, map[string]any{"a": 3}, "a setting has type int: must be int64"},
		{nil, map[string]any{"a": 0.5}, "a setting has type float64"},
		{
			map[string]weights.Tensor{"a": {DType: "F32", Shape: []int{2}}},
			nil,
			`tensor "a": F32 tensor of shape [2] needs 8 bytes`,
		},
	} {
		path := filepath.Join(t.TempDir(), "w.pth")
		if err := weights.WritePTH(path, test.tensors, test.settings); err == nil ||
			!strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("got %v, want %q and the path", err, test.want)
		}
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%q left a file", test.want)
		}
	}
}

// Files of PyTorch survive: read, written and read again they are equal.
func TestGoldenWritePTH(t *testing.T) {
	for _, family := range []string{"vit_official", "vit"} {
		testkit.GoldenCases(t, family, func(t *testing.T, c *testkit.Case) {
			var g checkpoints
			c.Decode(&g)
			for _, file := range g.Checkpoints {
				f, err := weights.OpenPTH(filepath.Join(c.Dir, file.File))
				if err != nil {
					t.Fatal(err)
				}
				defer f.Close()
				rewritten := filepath.Join(t.TempDir(), "again.pth")
				if err := weights.WritePTH(rewritten, readAll(t, f), nil); err != nil {
					t.Fatal(err)
				}
				again, err := weights.OpenPTH(rewritten)
				if err != nil {
					t.Fatal(err)
				}
				defer again.Close()
				if diff := cmp.Diff(readAll(t, f), readAll(t, again), cmpEmpty); diff != "" {
					t.Errorf("%s: %s", file.File, diff)
				}
			}
		})
	}
}

func readAll(t *testing.T, f weights.Source) map[string]weights.Tensor {
	t.Helper()
	out := map[string]weights.Tensor{}
	for _, name := range f.Names() {
		var err error
		if out[name], err = f.Tensor(name); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// cmpEmpty compares tensors whose shape or data may be nil or empty.
var cmpEmpty = cmp.Transformer("empty", func(s []int) string { return jsonText(append([]int{}, s...)) })

func jsonText(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}
