package weights_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/dino-go/dino/weights"
)

// The file of the benchmarks has 330 MB, that of a ViT-B in float32.
const (
	benchTensors = 150
	benchLen     = 330_000_000 / 4 / benchTensors
)

func benchFile(b *testing.B) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "w.safetensors")
	tensors := map[string]weights.Tensor{}
	values := make([]float32, benchLen)
	for i := range benchTensors {
		tensors[fmt.Sprint(i)] = weights.FromFloat32s([]int{benchLen}, values)
	}
	if err := weights.Write(path, tensors, nil); err != nil {
		b.Fatal(err)
	}
	return path
}

// BenchmarkReadFile reads the file's bytes once through one buffer: the lower bound of reading it
// from disk.
func BenchmarkReadFile(b *testing.B) {
	path := benchFile(b)
	buffer := make([]byte, 1<<20)
	b.SetBytes(4 * benchLen * benchTensors)
	for b.Loop() {
		f, err := os.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		for {
			if _, err := f.Read(buffer); err == io.EOF {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
		f.Close()
	}
}

// BenchmarkViews opens the file and touches every page of every tensor.
func BenchmarkViews(b *testing.B) {
	path := benchFile(b)
	b.SetBytes(4 * benchLen * benchTensors)
	sum := byte(0)
	for b.Loop() {
		f, err := weights.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		for _, name := range f.Names() {
			view, err := f.View(name)
			if err != nil {
				b.Fatal(err)
			}
			for i := 0; i < len(view.Data); i += 4096 {
				sum += view.Data[i]
			}
		}
		f.Close()
	}
	_ = sum
}

// BenchmarkTensors opens the file and copies every tensor.
func BenchmarkTensors(b *testing.B) {
	path := benchFile(b)
	b.SetBytes(4 * benchLen * benchTensors)
	for b.Loop() {
		f, err := weights.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := f.Tensors(); err != nil {
			b.Fatal(err)
		}
		f.Close()
	}
}

// BenchmarkOpen reads the header alone, as dino inspect does.
func BenchmarkOpen(b *testing.B) {
	path := benchFile(b)
	for b.Loop() {
		f, err := weights.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		f.Close()
	}
}
