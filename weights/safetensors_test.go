package weights_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/weights"
)

// TestFileBytes pins the format: a file written by hand is what Write writes and
// what Open reads.
func TestFileBytes(t *testing.T) {
	tensors := map[string]weights.Tensor{
		"z": weights.FromFloat32s([]int{1}, []float32{1}),
		"a": weights.FromBytes([]int{3}, []byte{7, 8, 9}),
		"b": weights.FromInt64s(nil, []int64{-1}),
	}
	header := `{"__metadata__":{"by":"dino"},"b":{"dtype":"I64","shape":[],"data_offsets":[0,8]},` +
		`"z":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},"a":{"dtype":"U8","shape":[3],"data_offsets":[12,15]}}`
	header += strings.Repeat(" ", (8-len(header)%8)%8)
	want := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	want = append(want, header...)
	want = append(want, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0x80, 0x3f, 7, 8, 9)

	path := filepath.Join(t.TempDir(), "x.safetensors")
	if err := weights.Write(path, tensors, map[string]string{"by": "dino"}); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	size, err := weights.EncodedSize(tensors, map[string]string{"by": "dino"})
	if err != nil || size != int64(len(want)) {
		t.Errorf("EncodedSize is %d, %v, want %d", size, err, len(want))
	}

	f := open(t, path)
	if diff := cmp.Diff([]string{"a", "b", "z"}, f.Names()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]string{"by": "dino"}, f.Metadata()); diff != "" {
		t.Error(diff)
	}
	all, err := f.Tensors()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(tensors["a"], all["a"]); diff != "" {
		t.Error(diff)
	}
	if info, ok := f.Info("b"); !ok || info.DType != weights.I64 || len(info.Shape) != 0 {
		t.Errorf("Info(b) = %v, %v", info, ok)
	}
}

// TestGoldenReencode reads files of the reference writer and writes them again:
// where all elements are equally wide, the order of the tensors is defined and
// every byte must come back.
func TestGoldenReencode(t *testing.T) {
	for _, family := range []string{"vit", "head", "ema", "schedule"} {
		t.Run(family, func(t *testing.T) {
			testkit.GoldenCases(t, family, func(t *testing.T, c *testkit.Case) {
				var stored struct{ Files []string }
				c.Decode(&stored)
				for _, file := range stored.Files {
					if strings.HasSuffix(file, ".safetensors") {
						reencode(t, c.Tensors(t, file))
					}
				}
			})
		})
	}
}

func reencode(t *testing.T, f *weights.File) {
	t.Helper()
	tensors, err := f.Tensors()
	if err != nil {
		t.Fatal(err)
	}
	types := map[string]bool{}
	for _, tensor := range tensors {
		types[tensor.DType] = true
	}
	want, err := os.ReadFile(f.Path())
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	n, err := weights.Encode(&got, tensors, f.Metadata())
	if err != nil || n != int64(got.Len()) {
		t.Fatalf("Encode returned %d, %v for %d bytes", n, err, got.Len())
	}
	if len(types) == 1 && !bytes.Equal(got.Bytes(), want) {
		t.Errorf("%s: written again it differs", f.Path())
	}
}

func TestRoundTrip(t *testing.T) {
	dir := t.TempDir()
	sizes := map[string]int{
		weights.F64: 8, weights.F32: 4, weights.F16: 2, weights.BF16: 2, weights.I64: 8,
		weights.I32: 4, weights.I16: 2, weights.I8: 1, weights.U8: 1, weights.Bool: 1,
	}
	types := rapid.SampledFrom([]string{"F64", "F32", "F16", "BF16", "I64", "I32", "I16", "I8", "U8", "BOOL"})
	tensor := rapid.Custom(func(t *rapid.T) weights.Tensor {
		dtype := types.Draw(t, "dtype")
		shape := rapid.SliceOfN(rapid.IntRange(0, 4), 0, 3).Draw(t, "shape")
		n := sizes[dtype]
		for _, d := range shape {
			n *= d
		}
		return weights.Tensor{DType: dtype, Shape: shape, Data: rapid.SliceOfN(rapid.Byte(), n, n).Draw(t, "data")}
	})
	name := rapid.StringN(0, 8, -1).Filter(func(s string) bool { return s != "__metadata__" })
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.MapOfN(name, tensor, 0, 5).Draw(t, "tensors")
		var encoded bytes.Buffer
		if _, err := weights.Encode(&encoded, want, nil); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, "x.safetensors")
		if err := os.WriteFile(path, encoded.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := weights.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		got, err := f.Tensors()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	length := func(n uint64) []byte { return binary.LittleEndian.AppendUint64(nil, n) }
	tests := []struct {
		name    string
		content []byte
		want    string
	}{
		{"empty", nil, "has 0 bytes"},
		{"short", []byte("1234567"), "has 7 bytes"},
		{"header beyond the file", append(length(3), '{', '}'), "claim a longer header than the 2 bytes that are left"},
		{"giant header", length(1 << 63), "claim a longer header than"},
		{"no tensors, surplus data", append(length(2), "{}x"...), "data section has 1 bytes"},
		{
			"cut off", append(length(52), `{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}abc`...),
			"not valid JSON",
		},
	}
	for _, test := range tests {
		path := filepath.Join(dir, strings.ReplaceAll(test.name, " ", "-"))
		if err := os.WriteFile(path, test.content, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := weights.Open(path)
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: got error %v, want %q and the path", test.name, err, test.want)
		}
	}
	if _, err := weights.Open(filepath.Join(dir, "absent")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("absent file: got error %v", err)
	}
	if _, err := weights.Open(dir); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("directory: got error %v", err)
	}
}

// TestEveryTruncationIsDetected cuts a good file at every length.
func TestEveryTruncationIsDetected(t *testing.T) {
	var good bytes.Buffer
	tensors := map[string]weights.Tensor{"a": weights.FromFloat32s([]int{3}, []float32{1, 2, 3})}
	if _, err := weights.Encode(&good, tensors, nil); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "x.safetensors")
	for n := range good.Len() {
		if err := os.WriteFile(path, good.Bytes()[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		if f, err := weights.Open(path); err == nil {
			f.Close()
			t.Errorf("the first %d of %d bytes were accepted", n, good.Len())
		}
	}
}

func TestMissingTensor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.safetensors")
	if err := weights.Write(path, nil, nil); err != nil {
		t.Fatal(err)
	}
	_, err := open(t, path).Tensor("norm.weight")
	if err == nil || !strings.Contains(err.Error(), `no tensor "norm.weight"`) || !strings.Contains(err.Error(), path) {
		t.Errorf("got error %v", err)
	}
}

func TestWriteErrorsKeepTheFormerFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x.safetensors")
	if err := weights.Write(path, map[string]weights.Tensor{"a": weights.FromBytes(nil, []byte{1})}, nil); err != nil {
		t.Fatal(err)
	}
	bad := []map[string]weights.Tensor{
		{"b": {DType: "F32", Shape: []int{2}, Data: make([]byte, 4)}},
		{"__metadata__": weights.FromBytes(nil, []byte{1})},
		{"\xff": weights.FromBytes(nil, []byte{1})},
		{"c": {DType: "Q4", Shape: []int{2}, Data: make([]byte, 1)}},
	}
	for _, tensors := range bad {
		err := weights.Write(path, tensors, nil)
		if err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%v: got error %v", tensors, err)
		}
	}
	if names := open(t, path).Names(); len(names) != 1 || names[0] != "a" {
		t.Errorf("the former file now holds %v", names)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("the folder holds %v, %v", entries, err)
	}
	if err := weights.Write(filepath.Join(dir, "no", "x"), nil, nil); err == nil {
		t.Error("writing into a missing folder succeeded")
	}
}

func open(t *testing.T, path string) *weights.File {
	t.Helper()
	f, err := weights.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}
