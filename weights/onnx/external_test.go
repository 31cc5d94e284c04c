package onnx

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/dino-go/dino/weights"
)

// large is a model of which one initializer goes into the second file.
func large() *Model {
	m := tiny()
	values := make([]float32, 3000)
	for i := range values {
		values[i] = float32(i)
	}
	m.Initializers = append(m.Initializers,
		Initializer{Name: "large", Tensor: weights.FromFloat32s([]int{3, 1000}, values)},
		Initializer{Name: "larger", Tensor: weights.FromFloat32s([]int{2000}, values[:2000])})
	return m
}

// writeLarge writes the model as if a file had no room for it.
func writeLarge(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "m.onnx")
	if err := write(path, large(), 1000); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDataInASecondFile(t *testing.T) {
	path := writeLarge(t)
	stat, err := os.Stat(path)
	if err != nil || stat.Size() > 1000 {
		t.Errorf("the model has %v bytes (%v), want no long initializers in it", stat.Size(), err)
	}
	got, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(large(), got, cmpopts.IgnoreUnexported(Initializer{})); diff != "" {
		t.Error(diff)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Decode(text); err == nil ||
		!strings.Contains(err.Error(), `initializer "large" lies in another file, "m.onnx.data"`) {
		t.Errorf("alone the model gives %v", err)
	}
}

func TestSecondFileErrors(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(path string) error
		want   string
	}{
		{"missing", func(path string) error { return os.Remove(path + DataSuffix) }, "m.onnx.data: no such file"},
		{"cut off", func(path string) error { return os.Truncate(path+DataSuffix, 9000) }, "do not lie in"},
		{"another name", func(path string) error {
			return os.Rename(path,
				filepath.Join(filepath.Dir(path), "n.onnx"))
		}, `must be "n.onnx.data", beside the model`},
		{"outside", func(path string) error {
			m := large()
			m.Initializers[2].external = &external{"../../etc/passwd", 0, 12000}
			return write(path, m, maxFileSize)
		}, `lies in the file "../../etc/passwd"`},
		{"too long", func(path string) error {
			m := large()
			m.Initializers[2].external = &external{"m.onnx.data", 1 << 62, 1 << 62}
			return write(path, m, maxFileSize)
		}, "do not lie in"},
		{"another length", func(path string) error {
			m := large()
			m.Initializers[2].external = &external{"m.onnx.data", 0, 8}
			return write(path, m, maxFileSize)
		}, `initializer "large": F32 tensor of shape [3 1000] needs 12000 bytes, has 8`},
	} {
		path := writeLarge(t)
		if err := test.change(path); err != nil {
			t.Fatal(err)
		}
		if other := filepath.Join(filepath.Dir(path), "n.onnx"); test.name == "another name" {
			path = other
		}
		if _, err := Read(path); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", test.name, err, test.want)
		}
	}
}
