package imageio

import (
	"bufio"
	"cmp"
	_ "embed"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dino-go/dino/internal/testkit/pythontest"
)

//go:embed testdata/pillow.py
var pillowProgram string

// pillow reads images with Pillow, in one process.
type pillow struct {
	in  io.WriteCloser
	out *bufio.Reader
}

func newPillow(t *testing.T) *pillow {
	t.Helper()
	python := pythontest.Find(t, "PIL", "numpy")
	cmd := exec.Command(python, "-W", "ignore", "-c", pillowProgram)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	})
	return &pillow{in, bufio.NewReaderSize(out, 1<<20)}
}

// answer is what Pillow makes of a file.
type answer struct {
	Error         string
	Format, Mode  string
	Width, Height int
	Deep          bool // its values follow as float64, else RGB bytes
	Bytes         int
	data          []byte
}

func (p *pillow) read(t *testing.T, path string) answer {
	t.Helper()
	request, _ := json.Marshal(path)
	if _, err := p.in.Write(append(request, '\n')); err != nil {
		t.Fatal(err)
	}
	line, err := p.out.ReadBytes('\n')
	if err != nil {
		t.Fatalf("%s: Pillow's process ended: %v", path, err)
	}
	var a answer
	if err := json.Unmarshal(line, &a); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	a.data = make([]byte, a.Bytes)
	if _, err := io.ReadFull(p.out, a.data); err != nil {
		t.Fatal(err)
	}
	return a
}

// Fates of a file, beside what Pillow makes of it.
const (
	identical  = "identical" // every sample
	near       = "near"      // no sample differs by more than nearest
	different  = "different" // some do, or the size does
	refused    = "refused"   // Pillow reads it
	bothRefuse = "both refuse"
	onlyHere   = "read here alone"
)

const nearby = 3

// compare reads a file in both ways.
func compare(t *testing.T, p *pillow, path string) (fate, detail, kind string) {
	t.Helper()
	a := p.read(t, path)
	kind = cmp.Or(a.Format, strings.ToLower(strings.TrimPrefix(filepath.Ext(path), ".")))
	reading := Reading{}
	data, err := ReadFile(path, reading.Limits)
	if err != nil {
		return refused, err.Error(), kind
	}
	picture, err := reading.picture(data)
	switch {
	case err != nil && a.Error != "":
		return bothRefuse, err.Error(), kind
	case err != nil:
		return refused, err.Error(), kind
	case a.Error != "":
		return onlyHere, a.Error, kind
	}
	if w, h := sizeOf(picture); w != a.Width || h != a.Height {
		return different, fmt.Sprintf("%d×%d here, %d×%d there", w, h, a.Width, a.Height), kind
	}
	if a.Deep && picture.Deep != nil {
		return compareDeep(picture.Deep.Sample, a, kind, picture.Deep.Channels)
	}
	img, err := reading.Decode(data)
	if err != nil {
		return refused, err.Error(), kind
	}
	if a.Deep {
		return different, "8 bits here, " + a.Mode + " there", kind
	}
	largest, sum := 0, 0
	for i, v := range img.Pix {
		d := int(v) - int(a.data[i])
		largest, sum = max(largest, d, -d), sum+max(d, -d)
	}
	detail = fmt.Sprintf("largest difference %d, mean %.3f (%s)", largest, float64(sum)/float64(len(img.Pix)), a.Mode)
	return fateOf(float64(largest)), detail, kind
}

func fateOf(largest float64) string {
	switch {
	case largest == 0:
		return identical
	case largest <= nearby:
		return near
	}
	return different
}

func compareDeep(sample func(channel, n int) []float64, a answer, kind string, channels int) (fate, detail, _ string) {
	values := sample(0, a.Width*a.Height)
	if channels != 1 || len(values) != len(a.data)/8 { // a value that is no data is left out
		return different, fmt.Sprintf("%d values of %d channels here, %d there", len(values), channels, len(a.data)/8),
			kind
	}
	largest := 0.0
	for i, v := range values {
		d := math.Abs(v - math.Float64frombits(binary.LittleEndian.Uint64(a.data[8*i:])))
		largest = max(largest, d/max(1, math.Abs(v)*1e-6))
	}
	return fateOf(largest), fmt.Sprintf("largest difference %g (%s)", largest, a.Mode), kind
}

// TestCorpus compares with Pillow over the images below the folders of DINO_CORPUS, which `make
// corpus` fills, and prints what became of each.
func TestCorpus(t *testing.T) {
	dirs := filepath.SplitList(os.Getenv("DINO_CORPUS"))
	if len(dirs) == 0 {
		t.Skip("DINO_CORPUS names no folders of images: `make corpus` does")
	}
	p := newPillow(t)
	counts := map[string]map[string]int{}
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
			if err != nil || !e.Type().IsRegular() || !looksLikeImage(path) {
				return err
			}
			fate, detail, kind := compare(t, p, path)
			if counts[kind] == nil {
				counts[kind] = map[string]int{}
			}
			counts[kind][fate]++
			rel, _ := filepath.Rel(dir, path)
			if fate != identical {
				fmt.Printf("%-16s %s: %s\n", fate, rel, strings.ReplaceAll(detail, path, ""))
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	printCounts(counts)
}

// looksLikeImage leaves sources and texts of the corpora out.
func looksLikeImage(path string) bool {
	name := filepath.Base(path)
	return slices.Contains(Extensions, strings.ToLower(filepath.Ext(name))) || UnreadName(name) != ""
}

func printCounts(counts map[string]map[string]int) {
	fates := []string{identical, near, different, refused, onlyHere, bothRefuse}
	total := map[string]int{}
	fmt.Printf("\n%-10s", "format")
	for _, f := range fates {
		fmt.Printf(" %15s", f)
	}
	fmt.Println()
	var kinds []string
	for kind := range counts {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	row := func(kind string, of map[string]int) {
		fmt.Printf("%-10s", kind)
		for _, f := range fates {
			fmt.Printf(" %15d", of[f])
		}
		fmt.Println()
	}
	for _, kind := range kinds {
		row(kind, counts[kind])
		for f, n := range counts[kind] {
			total[f] += n
		}
	}
	row("all", total)
}
