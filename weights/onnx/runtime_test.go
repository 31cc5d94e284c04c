package onnx_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/nets/vit"
	"github.com/dino-go/dino/weights/onnx"
)

// runtimePackage is a release of ONNX Runtime for Node.js that carries its binaries, so that
// nothing is downloaded beside it.
const runtimePackage = "onnxruntime-node@1.14.0"

// ONNX Runtime computes of a written model what the references compute of its weights, at every
// size.
func TestGoldenONNXRuntime(t *testing.T) {
	r := newRuntime(t)
	for family, mode := range families {
		testkit.GoldenCases(t, family, func(t *testing.T, c *testkit.Case) {
			g := newGolden(t, c, mode)
			var tags []string
			var jobs []job
			for tag, size := range g.sizes {
				tags = append(tags, tag)
				jobs = append(jobs, newJob(t, writeModel(t, g.transformer(size)), g.images(t, tag)))
			}
			for i, outputs := range r.run(t, jobs) {
				g.compare(t, tags[i], outputs)
			}
		})
	}
}

// The options of DINOv2 at a real size, in batches of two sizes.
func TestONNXRuntimeRunsViTTiny(t *testing.T) {
	r, engine := newRuntime(t), open(t)
	c, err := vit.Variant("vit_tiny_patch16_224")
	if err != nil {
		t.Fatal(err)
	}
	c.RegTokens, c.NoEmbedClass, c.LayerScale, c.SwiGLU, c.InitStd = 4, true, 0.5, true, 0.1
	size := [2]int{64, 96}
	var jobs []job
	var want [2][2][]float32
	for i, batch := range []int{1, 3} {
		images := testImages(batch, 3, size)
		outputs, w := forward(t, engine, c, images)
		want[i] = outputs
		jobs = append(jobs, newJob(t, writeModel(t, onnx.Transformer{Config: c, Tensors: w, Size: size}), images))
	}
	jobs[1].Model = jobs[0].Model
	m, err := onnx.Read(jobs[0].Model)
	if err != nil {
		t.Fatal(err)
	}
	if err := onnx.WriteWithLimit(jobs[0].Model, m, 1<<20); err != nil { // the data lies in a second file
		t.Fatal(err)
	}
	for i, outputs := range r.run(t, jobs) {
		for j, got := range outputs {
			testkit.AllClose(t, fmt.Sprintf("output %d of batch %d", j, i), got, want[i][j], tolerance)
		}
	}
}

// job is a model to run: see testdata/runtime.cjs.
type job struct {
	Model   string    `json:"model"`
	Input   string    `json:"input"`
	Shape   []int     `json:"shape"`
	Outputs [2]string `json:"outputs"`
}

func newJob(t *testing.T, modelPath string, images *tensors.Tensor) job {
	t.Helper()
	dir := t.TempDir()
	j := job{Model: modelPath, Input: filepath.Join(dir, "images"), Shape: images.Shape().Dimensions}
	j.Outputs = [2]string{filepath.Join(dir, "features"), filepath.Join(dir, "patches")}
	var data bytes.Buffer
	binary.Write(&data, binary.LittleEndian, tensors.MustCopyFlatData[float32](images))
	if err := os.WriteFile(j.Input, data.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return j
}

// onnxRuntime is an installation of ONNX Runtime for Node.js.
type onnxRuntime struct{ dir string }

// newRuntime installs ONNX Runtime into the user's cache unless it is there, and skips the test
// where that is not possible.
func newRuntime(t *testing.T) onnxRuntime {
	t.Helper()
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed: ONNX Runtime comes from npm", program)
		}
	}
	if runtime.GOARCH != "amd64" && runtime.GOARCH != "arm64" {
		t.Skipf("%s has no binaries for %s", runtimePackage, runtime.GOARCH)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Skip(err)
	}
	dir := filepath.Join(cache, "dino-test", runtimePackage)
	if _, err := os.Stat(filepath.Join(dir, "node_modules")); err == nil {
		return onnxRuntime{dir}
	}
	fresh, err := os.MkdirTemp(cache, "dino-test-*")
	if err != nil {
		t.Skip(err)
	}
	defer os.RemoveAll(fresh)
	install := exec.Command("npm", "install", "--prefix", fresh, "--ignore-scripts", "--no-audit", "--no-fund",
		runtimePackage)
	if out, err := install.CombinedOutput(); err != nil {
		t.Skipf("npm cannot install %s (%v): %s", runtimePackage, err, out)
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	// Another test process may have been first: then its installation is used.
	if err := os.Rename(fresh, dir); err != nil {
		if _, missing := os.Stat(filepath.Join(dir, "node_modules")); missing != nil {
			t.Fatal(err)
		}
	}
	return onnxRuntime{dir}
}

// run runs models and returns the outputs of each.
func (r onnxRuntime) run(t *testing.T, jobs []job) [][][]float32 {
	t.Helper()
	text, err := json.Marshal(jobs)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("node", filepath.Join("testdata", "runtime.cjs"), r.dir)
	cmd.Stdin = bytes.NewReader(text)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("ONNX Runtime: %v\n%s", err, out)
	}
	results := make([][][]float32, len(jobs))
	for i, j := range jobs {
		for _, file := range j.Outputs {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			values := make([]float32, len(data)/4)
			for k := range values {
				values[k] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*k:]))
			}
			results[i] = append(results[i], values)
		}
	}
	return results
}
