package runmap

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/run/snapshots"
	"github.com/dino-go/dino/internal/testkit"
)

// Turned and mirrored places come back to where they were; rows without a place stay without.
func TestAlign(t *testing.T) {
	random := rand.New(rand.NewPCG(testkit.Seed(t), 1))
	for _, mirror := range []float64{1, -1} {
		to, from := eval.NewMatrix(30, 2), eval.NewMatrix(30, 2)
		angle := random.Float64() * 2 * math.Pi
		for i := range to.Rows {
			x, y := random.NormFloat64()*3+5, random.NormFloat64()-2
			to.Row(i)[0], to.Row(i)[1] = float32(x), float32(y)
			y *= mirror
			from.Row(i)[0] = float32(math.Cos(angle)*x - math.Sin(angle)*y + 40)
			from.Row(i)[1] = float32(math.Sin(angle)*x + math.Cos(angle)*y - 7)
		}
		nan := float32(math.NaN())
		from.Row(3)[0], from.Row(3)[1] = nan, nan
		to.Row(4)[0], to.Row(4)[1] = nan, nan
		align(from, to)
		for i := range to.Rows {
			got, want := from.Row(i), to.Row(i)
			switch {
			case i == 3 && !isNaN(got):
				t.Errorf("a row without a place has %v", got)
			case i == 4 && isNaN(got):
				t.Error("a row lost its place")
			case i != 3 && i != 4 && math.Hypot(float64(got[0]-want[0]), float64(got[1]-want[1])) > 1e-4:
				t.Errorf("mirror %v: row %d lies at %v, want %v", mirror, i, got, want)
			}
		}
	}
	equal := eval.NewMatrix(3, 2)
	align(equal, equal) // nothing tells directions apart
	if slices.ContainsFunc(equal.Data, func(x float32) bool { return x != 0 }) {
		t.Errorf("%v", equal.Data)
	}
}

// planted are three groups of ten images whose features lie along other axes after each step; the
// last image has none.
func planted(t *testing.T, steps ...int) (run string) {
	t.Helper()
	run = t.TempDir()
	images := make([]snapshots.Image, 31)
	for i := range images {
		images[i] = snapshots.Image{Path: fmt.Sprintf("%02d.png", i), Label: []string{"c", "a", ""}[i%3]}
	}
	w, err := snapshots.Open(run, images, 0)
	if err != nil {
		t.Fatal(err)
	}
	for n, step := range steps {
		if err := w.Add(snapshots.Snapshot{Step: step, Epoch: n}, plantedRows(t, n)); err != nil {
			t.Fatal(err)
		}
	}
	return run
}

func plantedRows(t *testing.T, turn int) eval.Matrix {
	random := rand.New(rand.NewPCG(testkit.Seed(t), uint64(turn)))
	rows := eval.NewMatrix(31, 8)
	for i := range 30 {
		for j := range 8 {
			rows.Row(i)[j] = float32(0.05 * random.NormFloat64())
		}
		rows.Row(i)[(i%3+turn)%8]++
	}
	return rows
}

// decodedPlaces are places as the page has them.
func decodedPlaces(t *testing.T, text string) eval.Matrix {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	m := eval.NewMatrix(len(raw)/8, 2)
	for i := range m.Data {
		m.Data[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	return m
}

// movement is the mean way of the images from one state to another, as a share of how far they lie
// apart.
func movement(a, b eval.Matrix) float64 {
	way, apart, n := 0.0, 0.0, 0.0
	middle := middleOf(b, b)
	eachPair(a, b, func(p, q []float32) {
		way += math.Hypot(float64(p[0]-q[0]), float64(p[1]-q[1]))
		apart += math.Hypot(float64(q[0])-middle[0], float64(q[1])-middle[1])
		n++
	})
	return way / apart
}

func TestData(t *testing.T) {
	run := planted(t, 0, 10, 20)
	m := Open(run)
	d, err := m.Data(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Snapshots) != 3 || d.Snapshots[2].Step != 20 || !slices.Equal(d.Labels, []string{"a", "c"}) ||
		d.Label[0] != 1 || d.Label[2] != -1 || d.Sheet != nil || d.Cluster[30] != -1 || len(d.Paths) != 31 {
		t.Errorf("%+v", d)
	}
	var before eval.Matrix
	for _, s := range d.Snapshots {
		plane := decodedPlaces(t, s.PCA)
		if !isNaN(plane.Row(30)) || isNaN(plane.Row(0)) {
			t.Errorf("step %d: the image without features lies at %v", s.Step, plane.Row(30))
		}
		// three groups on a triangle: however they are turned, they can be laid over one another
		if before.Rows > 0 && movement(before, plane) > 0.3 {
			t.Errorf("step %d: points jump by %.2f of their distances", s.Step, movement(before, plane))
		}
		before = plane
	}
	if m.Shows(t.Context(), "../07.png") || !m.Shows(t.Context(), "07.png") {
		t.Error("what is on the map is another")
	}
}

// UMAP is computed for the snapshot that is asked for and the newest, and lies over that.
func TestUMAP(t *testing.T) {
	run := planted(t, 0, 10, 20)
	m := Open(run)
	places, err := m.UMAP(t.Context(), 10)
	if err != nil || places.Rows != 31 || !isNaN(places.Row(30)) {
		t.Fatalf("%v, %v", places, err)
	}
	d, err := m.Data(t.Context(), "")
	if err != nil || d.Snapshots[0].UMAP != "" || d.Snapshots[1].UMAP == "" || d.Snapshots[2].UMAP == "" {
		t.Fatalf("UMAP is elsewhere: %v", err)
	}
	for group := range 3 { // it has found them, wherever they lie
		if !isTogether(places, group) {
			t.Errorf("the images of group %d do not lie together", group)
		}
	}
	again, err := m.UMAP(t.Context(), 10)
	if err != nil || &again.Data[0] != &places.Data[0] {
		t.Error("it was computed twice")
	}
	if _, err := m.UMAP(t.Context(), 11); err == nil {
		t.Error("a step that is not kept has places")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(run).UMAP(ctx, 0); err == nil {
		t.Error("it goes on when nobody waits")
	}
}

// isTogether tells whether the images of a group lie nearer to its middle than to those of others.
func isTogether(places eval.Matrix, group int) bool {
	middles := make([][2]float64, 3)
	for i := range 30 {
		middles[i%3][0] += float64(places.Row(i)[0]) / 10
		middles[i%3][1] += float64(places.Row(i)[1]) / 10
	}
	for i := group; i < 30; i += 3 {
		at := func(g int) float64 {
			return math.Hypot(float64(places.Row(i)[0])-middles[g][0], float64(places.Row(i)[1])-middles[g][1])
		}
		if at(group) > min(at((group+1)%3), at((group+2)%3)) {
			return false
		}
	}
	return true
}

// Where the features are the same, the points stay about where they are.
func TestUMAPStays(t *testing.T) {
	run := planted(t, 0, 10)
	index, err := snapshots.Read(run)
	if err != nil {
		t.Fatal(err)
	}
	w, err := snapshots.Open(run, index.Images, 10)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Add(snapshots.Snapshot{Step: 0}, mustFeatures(t, run, 10)); err != nil {
		t.Fatal(err)
	}
	m := Open(run)
	newest, err := m.UMAP(t.Context(), 10)
	if err != nil {
		t.Fatal(err)
	}
	same, err := m.UMAP(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	other, err := (eval.UMAP{Neighbours: 15, Seed: 9}).Fit(t.Context(), firstRows(mustFeatures(t, run, 10), 30))
	if err != nil {
		t.Fatal(err)
	}
	stays, jumps := movement(same, newest), movement(other, newest)
	if stays > 0.7 || stays > jumps {
		t.Errorf("points move by %.2f of their distances; computed anew they would by %.2f", stays, jumps)
	}
}

func mustFeatures(t *testing.T, run string, step int) eval.Matrix {
	t.Helper()
	rows, err := snapshots.Features(run, step, 31)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func firstRows(m eval.Matrix, n int) eval.Matrix {
	return eval.Matrix{Rows: n, Cols: m.Cols, Data: m.Data[:n*m.Cols]}
}

// The map follows the folder: new snapshots come, and another run in it is another map.
func TestFollows(t *testing.T) {
	run := planted(t, 0, 10)
	m := Open(run)
	first, err := m.Data(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	index, err := snapshots.Read(run)
	if err != nil {
		t.Fatal(err)
	}
	w, err := snapshots.Open(run, index.Images, 10)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Add(snapshots.Snapshot{Step: 10, Epoch: 7}, plantedRows(t, 5)); err != nil {
		t.Fatal(err)
	}
	second, err := m.Data(t.Context(), "")
	if err != nil || second.Snapshots[1].Epoch != 7 || second.Snapshots[1].PCA == first.Snapshots[1].PCA {
		t.Errorf("the map is the old one, %v", err)
	}
	if err := os.Remove(snapshots.File(run, 10)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(snapshots.IndexFile(run), append(readFile(t, snapshots.IndexFile(run)), ' '),
		0o600); err != nil {
		t.Fatal(err)
	}
	third, err := m.Data(t.Context(), "")
	if err != nil || len(third.Snapshots) != 1 {
		t.Errorf("a snapshot that is gone: %v", err)
	}
	if err := os.RemoveAll(snapshots.Folder(run)); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Data(t.Context(), ""); err == nil {
		t.Error("a map of nothing")
	}
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		t.Fatal(err)
	}
	return text
}
