package weights_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/dino-go/dino/weights"
)

// encoded is a safetensors file with a header written by hand.
func encoded(header string, data int) []byte {
	out := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(out, header...), make([]byte, data)...)
}

func TestOpenAnyTellsFormatsByContent(t *testing.T) {
	dir := t.TempDir()
	tensors := map[string]weights.Tensor{"w": weights.FromFloat32s([]int{2}, []float32{1, 2})}
	// The header of one of the files is 0x280 bytes long, which begins like a pickle.
	long := map[string]string{"note": strings.Repeat("x", 557)}
	for _, file := range []struct {
		name  string
		write func(path string) error
	}{
		{"a.bin", func(path string) error { return weights.Write(path, tensors, nil) }},
		{"long.safetensors", func(path string) error { return weights.Write(path, tensors, long) }},
		{"b.safetensors", func(path string) error { return weights.WritePTH(path, tensors, nil) }},
	} {
		path := filepath.Join(dir, file.name)
		if err := file.write(path); err != nil {
			t.Fatal(err)
		}
		f, err := weights.OpenAny(path)
		if err != nil {
			t.Error(err)
			continue
		}
		if f.Path() != path || !slices.Equal(f.Names(), []string{"w"}) {
			t.Errorf("%s: %s holds %v", file.name, f.Path(), f.Names())
		}
		f.Close()
	}
	if head, err := os.ReadFile(filepath.Join(dir, "long.safetensors")); err != nil || head[0] != 0x80 ||
		head[1] != 0x02 {
		t.Errorf("the long header begins with % x (%v), want 80 02: the test does not test what it should", head[:2],
			err)
	}
	if _, err := weights.OpenAny(filepath.Join(dir, "none")); !os.IsNotExist(unwrapAll(err)) {
		t.Errorf("a file that is not there gives %v", err)
	}
}

func unwrapAll(err error) error {
	for {
		inner, ok := err.(interface{ Unwrap() error })
		if !ok {
			return err
		}
		if os.IsNotExist(err) {
			return err
		}
		err = inner.Unwrap()
	}
}

// Views and tensors are the same, and only tensors outlive the file.
func TestViewEqualsTensor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.safetensors")
	want := map[string]weights.Tensor{
		"a": weights.FromInt64s([]int{2}, []int64{3, 4}),
		"b": weights.FromFloat32s([]int{0}, nil), "c": weights.FromBytes([]int{3}, []byte{1, 2, 3}),
	}
	if err := weights.Write(path, want, nil); err != nil {
		t.Fatal(err)
	}
	f, err := weights.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	kept := map[string]weights.Tensor{}
	for name, w := range want {
		view, err := f.View(name)
		if err != nil || !slices.Equal(view.Data, w.Data) || !slices.Equal(view.Shape, w.Shape) ||
			cap(view.Data) != len(view.Data) {
			t.Errorf("%s: %v, %v, want %v", name, view, err, w)
		}
		if kept[name], err = f.Tensor(name); err != nil {
			t.Error(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	for name, w := range want {
		if !slices.Equal(kept[name].Data, w.Data) {
			t.Errorf("%s does not outlive the file", name)
		}
	}
	if _, err := f.View("a"); err == nil {
		t.Error("a closed file gives views")
	}
	if err := f.Close(); err == nil {
		t.Error("a file can be closed twice")
	}
}

// A file in memory reads like that on disk, and a copy of a tensor outlives it.
func TestOpenBytes(t *testing.T) {
	want := map[string]weights.Tensor{
		"a": weights.FromInt64s([]int{2}, []int64{3, 4}),
		"b": weights.FromFloat32s([]int{0}, nil),
	}
	data := written(t, func(path string) error { return weights.Write(path, want, map[string]string{"k": "v"}) })
	f, err := weights.OpenBytes(data)
	if err != nil {
		t.Fatal(err)
	}
	if f.Metadata()["k"] != "v" || !slices.Equal(f.Names(), []string{"a", "b"}) {
		t.Errorf("holds %v and %v", f.Names(), f.Metadata())
	}
	view, err := f.View("a")
	if err != nil || !slices.Equal(view.Data, want["a"].Data) {
		t.Errorf("the view is %v, %v", view, err)
	}
	copied, err := f.Tensor("a")
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	clear(data)
	if !slices.Equal(copied.Data, want["a"].Data) {
		t.Errorf("the tensor changed with the file: %v", copied)
	}
	if _, err := f.View("a"); err == nil {
		t.Error("a closed file gives views")
	}
	if _, err := weights.OpenBytes(nil); err == nil {
		t.Error("no bytes are a file")
	}
}

// TestSafetensorsMemory opens a file that is nearly all header: it is refused before it takes many
// times its size.
func TestSafetensorsMemory(t *testing.T) {
	var header strings.Builder
	header.WriteString(`{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`)
	for i := range 300_000 {
		fmt.Fprintf(&header, `,"%d":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`, i)
	}
	header.WriteString("}")
	data := encoded(header.String(), 0)
	path := writeFile(t, data)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	_, err := weights.Open(path)
	runtime.ReadMemStats(&after)
	if err == nil || !strings.Contains(err.Error(), "may be an eighth at most") {
		t.Errorf("got %v", err)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > uint64(2*len(data)) {
		t.Errorf("%d bytes for a file of %d", used, len(data))
	}
}

// written is what a function writes to a file.
func written(t testing.TB, write func(path string) error) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "w")
	if err := write(path); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// FuzzOpen checks that no file makes the reader of safetensors panic, and that what it accepts can
// be read. An execution takes 5 to 7 µs of one core in a plain loop; under the fuzzer it is some
// 80, for the 31 000 counters of the code in the test binary.
func FuzzOpen(f *testing.F) {
	f.Add(encoded(`{}`, 0))
	f.Add(encoded(`{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"__metadata__":{"b":"c"}}`, 24))
	f.Add(encoded(`{"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}`, 20))
	f.Add(encoded(`{"a":{"dtype":"BOOL","shape":[2],"data_offsets":[0,2]},`+
		`"b":{"dtype":"BF16","shape":[],"data_offsets":[1,3]}}`, 3))
	f.Add([]byte("\xff\xff\xff\xff\xff\xff\xff\x7f{}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := weights.OpenBytes(data)
		if err != nil {
			return
		}
		defer file.Close()
		for _, name := range file.Names() {
			view, err := file.View(name)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if _, err := weights.Summarize(view); err != nil && !errors.Is(err, weights.ErrElementType) {
				t.Fatalf("%s: %v", name, err)
			}
		}
	})
}
