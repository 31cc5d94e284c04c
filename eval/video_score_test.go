package eval

import (
	"math"
	"testing"

	"github.com/dino-go/dino/internal/testkit"
)

func TestRegionSimilarity(t *testing.T) {
	a, b := labelMap("0110", "0110"), labelMap("0012", "0012")
	for object, want := range map[int]float64{1: 2.0 / 4, 2: 0, 7: 1} {
		if got := RegionSimilarity(a, b, object); got != want {
			t.Errorf("object %d: %v, want %v", object, got, want)
		}
	}
}

// square is a map with a square of object 1.
func square(size, left, top, side int) LabelMap {
	m := NewLabelMap(size, size)
	for y := top; y < top+side; y++ {
		for x := left; x < left+side; x++ {
			m.Labels[y*size+x] = 1
		}
	}
	return m
}

// On 100×100 pixels outlines match within ⌈0.008·141⌉ = 2 pixels.
func TestBoundaryAccuracy(t *testing.T) {
	truth := square(100, 30, 30, 40)
	for _, test := range []struct {
		name string
		m    LabelMap
		want float64
	}{
		{"itself", truth, 1},
		{"2 pixels to the right", square(100, 32, 30, 40), 1},
		{"far away", square(100, 75, 75, 20), 0},
		{"nothing", NewLabelMap(100, 100), 0},
	} {
		if got := BoundaryAccuracy(test.m, truth, 1); math.Abs(got-test.want) > 1e-12 {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
	if got := BoundaryAccuracy(square(100, 30, 30, 46), truth, 1); got < 0.4 || got > 0.6 {
		t.Errorf("two sides of four in place: %v, want about a half", got)
	}
	if got := BoundaryAccuracy(NewLabelMap(9, 9), NewLabelMap(9, 9), 1); got != 1 {
		t.Errorf("neither has the object: %v, want 1", got)
	}
}

// The outline of a pixel is the pixel, its left and upper neighbours.
func TestOutline(t *testing.T) {
	line := outline(labelMap("000", "010", "000"), 1)
	want := []bool{true, true, false, true, true, false, false, false, false}
	for i := range want {
		if line[i] != want[i] {
			t.Errorf("outline is %v, want %v", line, want)
			break
		}
	}
}

func TestScoreVideo(t *testing.T) {
	truth := []LabelMap{labelMap("1200"), labelMap("1200"), labelMap("1200"), labelMap("0000")}
	predicted := []LabelMap{labelMap("0000"), labelMap("1200"), labelMap("1100"), labelMap("2222")}
	s, err := ScoreVideo(predicted, truth)
	if err != nil {
		t.Fatal(err)
	}
	// Frames 1 and 2 count: object 1 has J = 1 and ½, object 2 has 1 and 0.
	testkit.AllClose(t, "J", []float64{s.Objects[0].J, s.Objects[1].J, s.J}, []float64{0.75, 0.5, 0.625}, 1e-12)
	testkit.AllClose(t, "recall", []float64{s.Objects[0].RecallJ, s.Objects[1].RecallJ}, []float64{0.5, 0.5}, 1e-12)
	testkit.AllClose(t, "mean", []float64{s.JF}, []float64{(s.J + s.F) / 2}, 1e-12)

	pooled := MeanVideoScore([]VideoScore{s, {Objects: []ObjectScore{{J: 1, F: 1}}}})
	testkit.AllClose(t, "pooled J", []float64{pooled.J}, []float64{(0.75 + 0.5 + 1) / 3}, 1e-12)
}

func TestScoreVideoRejects(t *testing.T) {
	good := []LabelMap{labelMap("10"), labelMap("10"), labelMap("10")}
	_, err := ScoreVideo(good[:2], good[:2])
	testkit.RequireError(t, err, "at least 3")
	_, err = ScoreVideo(good[:2], good)
	testkit.RequireError(t, err, "2 predicted and 3 true frames")
	_, err = ScoreVideo([]LabelMap{good[0], labelMap("100"), good[2]}, good)
	testkit.RequireError(t, err, "a map of frame 1 is 3×1: must be 2×1")
	empty := []LabelMap{labelMap("00"), labelMap("00"), labelMap("00")}
	_, err = ScoreVideo(empty, empty)
	testkit.RequireError(t, err, "shows no object")
	_, err = ScoreVideo([]LabelMap{good[0], {Width: 2, Height: 1}, good[2]}, good)
	testkit.RequireError(t, err, "predicted frame 1 is 2×1 with 0 labels")
}
