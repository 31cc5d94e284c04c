package inference

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/testkit/pythontest"
)

//go:embed testdata/matrix.py
var matrixPython string

// matrixVariable says how many names of timm [TestMatrix] draws; "all" takes every one.
const matrixVariable = "DINO_MATRIX"

// matrixTolerance is the largest difference of a feature, in parts of the largest feature.
const matrixTolerance = 2e-5

// matrixCase is a network that timm has saved, or why it could not build one.
type matrixCase struct {
	Name   string
	Sides  []int
	Failed string
}

// Every name of timm in the families of testdata/matrix_families.json is read exactly, or refused:
// never does a file of timm give other features than timm. The networks have few blocks and random
// weights, and are run at their own size and at another.
func TestMatrix(t *testing.T) {
	count := 0
	switch text := os.Getenv(matrixVariable); {
	case text == "":
		t.Skipf("walks through timm's names: make matrix sets %s to how many, or to all", matrixVariable)
	case text != "all":
		var err error
		if count, err = strconv.Atoi(text); err != nil || count < 1 {
			t.Fatalf("%s is %q: must be a number from 1, or all", matrixVariable, text)
		}
	}
	python := pythontest.Find(t, "torch", "timm", "safetensors")
	seed, dir := testkit.Seed(t)%(1<<31), t.TempDir()
	cmd := exec.Command(python, "-c", matrixPython, "testdata/matrix_families.json", dir, fmt.Sprint(seed),
		strconv.Itoa(count))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	totals := map[string]int{}
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		var c matrixCase
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			continue // a warning of a library
		}
		outcome, why := c.outcome(dir)
		totals[outcome]++
		t.Logf("%-8s %s %s", outcome, c.Name, why)
		if outcome == "wrong" {
			t.Errorf("%s gives other features than timm's: %s", c.Name, why)
		}
		fmt.Fprintln(stdin)
	}
	stdin.Close()
	if err := cmd.Wait(); err != nil {
		t.Errorf("%s: %v\n%s", python, err, stderr.String())
	}
	t.Logf("exact %d, refused %d, wrong %d, not built by timm itself %d", totals["exact"], totals["refused"],
		totals["wrong"], totals["failed"])
	if totals["exact"] == 0 {
		t.Error("no name is exact: was anything read?")
	}
}

// outcome is exact, refused, wrong or failed, and what there is to say about it.
func (c matrixCase) outcome(dir string) (outcome, why string) {
	if c.Failed != "" {
		return "failed", c.Failed
	}
	n, err := Open(filepath.Join(dir, "model"), Options{Backend: "cpu"})
	if err != nil {
		return "refused", strings.TrimPrefix(err.Error(), "weights: "+filepath.Join(dir, "model")+": ")
	}
	worst := 0.0
	for _, side := range c.Sides {
		images, err := readFloats(filepath.Join(dir, fmt.Sprint("images", side)))
		if err != nil {
			return "wrong", err.Error()
		}
		want, err := readFloats(filepath.Join(dir, fmt.Sprint("features", side)))
		if err != nil {
			return "wrong", err.Error()
		}
		got, err := n.Features(context.Background(), Features{Blocks: 1}, images, side, side)
		if err != nil {
			return "refused", err.Error()
		}
		if len(got.Data) != len(want) {
			return "wrong", fmt.Sprintf("%d features at %d pixels, want %d", len(got.Data), side, len(want))
		}
		largest := 1e-3
		for _, v := range want {
			largest = max(largest, math.Abs(float64(v)))
		}
		for i, v := range got.Data {
			worst = max(worst, math.Abs(float64(v)-float64(want[i]))/largest)
		}
	}
	why = fmt.Sprintf("at %v pixels, difference %.2g", c.Sides, worst)
	if !(worst <= matrixTolerance) {
		return "wrong", why
	}
	return "exact", why
}

func readFloats(path string) ([]float32, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	out := make([]float32, len(data)/4)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
	}
	return out, nil
}
