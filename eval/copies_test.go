package eval

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dino-go/dino/internal/testkit"
)

func TestGeM(t *testing.T) {
	patches := Matrix{Rows: 2, Cols: 3, Data: []float32{1, 2, -5, 3, 2, -1}}
	for p, want := range map[float64][]float32{
		1: {2, 2, 1e-6},
		4: {float32(math.Pow((1+81)/2.0, 0.25)), 2, 1e-6},
	} {
		got, err := GeM(patches, p)
		if err != nil {
			t.Fatal(err)
		}
		testkit.AllClose(t, "pooled", got, want, 1e-6)
	}
	_, err := GeM(patches, 0)
	testkit.RequireError(t, err, "exponent is 0")
	_, err = GeM(Matrix{Cols: 3}, 4)
	testkit.RequireError(t, err, "patch features are [0, 3]")
}

// copiesOf draws originals that share one strong direction, which hides what
// tells them apart, and noisy copies.
func copiesOf(n, cols int) (originals, copies Matrix, truth [][]int) {
	rng := rand.New(rand.NewPCG(12, 1))
	originals, copies = gaussian(10, n, cols), NewMatrix(n, cols)
	for i := range n {
		originals.Row(i)[0] = 60 * float32(rng.NormFloat64())
		for j, v := range originals.Row(i) {
			copies.Row(i)[j] = v + 0.3*float32(rng.NormFloat64())
		}
		copies.Row(i)[0] = 60 * float32(rng.NormFloat64())
		truth = append(truth, []int{i})
	}
	return originals, copies, truth
}

func TestCopyDetectionNeedsWhitening(t *testing.T) {
	originals, copies, truth := copiesOf(80, 24)
	plain, err := DefaultCopyDetection().Score(context.Background(), originals, copies, truth)
	if err != nil {
		t.Fatal(err)
	}
	background, _, _ := copiesOf(300, 24)
	w, err := FitWhitening(context.Background(), background)
	if err != nil {
		t.Fatal(err)
	}
	whitened, err := CopyDetection{Whitening: &w, Depth: 20}.Score(context.Background(), originals, copies, truth)
	if err != nil {
		t.Fatal(err)
	}
	if whitened.MeanAP < 0.9 || plain.MeanAP > whitened.MeanAP-0.3 {
		t.Errorf("mAP is %v plain and %v whitened, want whitening to bring it above 0.9", plain.MeanAP, whitened.MeanAP)
	}
}

// An original beyond the depth is missed.
func TestCopyDetectionDepth(t *testing.T) {
	database := NewMatrix(5, 2)
	for i := range database.Rows {
		database.Row(i)[0], database.Row(i)[1] = 1, float32(i)
	}
	query := Matrix{Rows: 1, Cols: 2, Data: []float32{1, 0}}
	for depth, want := range map[int]float64{4: (0.0/3 + 1.0/4) / 2, 3: 0} {
		score, err := CopyDetection{Depth: depth}.Score(context.Background(), database, query, [][]int{{3}})
		if err != nil {
			t.Fatal(err)
		}
		testkit.AllClose(t, "mAP", []float64{score.MeanAP}, []float64{want}, 1e-12)
	}
}

func TestCopyDetectionRejects(t *testing.T) {
	originals, copies, truth := copiesOf(5, 4)
	w, err := FitWhitening(context.Background(), gaussian(1, 9, 3))
	if err != nil {
		t.Fatal(err)
	}
	_, err = CopyDetection{Whitening: &w}.Score(context.Background(), originals, copies, truth)
	testkit.RequireError(t, err, "features have 4 columns, those it was fitted on 3")
	_, err = CopyDetection{}.Score(context.Background(), originals, copies, truth[:2])
	testkit.RequireError(t, err, "2 entries for 5 queries")
}

func TestOriginalsByName(t *testing.T) {
	originals := []string{"200000.jpg", "200100.jpg", "200001.jpg"}
	for length, want := range map[int][][]int{4: {{0, 2}, {1}}, 0: {{0}, {1}}} {
		got, err := OriginalsByName(originals, []string{"200000.jpg", "200100.jpg"}, length)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("length %d (-want +got):\n%s", length, diff)
		}
	}
	_, err := OriginalsByName(originals, []string{"2000"}, 5)
	testkit.RequireError(t, err, `no original of "2000" among 3`)
	_, err = OriginalsByName(originals, nil, -1)
	testkit.RequireError(t, err, "-1 letters")
}
