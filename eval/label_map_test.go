package eval

import (
	"math"
	"slices"
	"testing"

	"github.com/dino-go/dino/internal/testkit"
)

// labelMap makes a map of rows of digits.
func labelMap(rows ...string) LabelMap {
	m := NewLabelMap(len(rows[0]), len(rows))
	for y, row := range rows {
		for x, digit := range row {
			m.Labels[y*m.Width+x] = uint8(digit - '0')
		}
	}
	return m
}

func TestLabelMapResize(t *testing.T) {
	m := labelMap("0123", "4567")
	// Centres of 2 of 4 columns are at 1 and 3; of 1 of 2 rows at 1.
	if got := m.Resize(2, 1); !slices.Equal(got.Labels, labelMap("57").Labels) {
		t.Errorf("smaller: %v", got.Labels)
	}
	if got := labelMap("12").Resize(4, 2); !slices.Equal(got.Labels, labelMap("1122", "1122").Labels) {
		t.Errorf("larger: %v", got.Labels)
	}
	if got := m.Resize(4, 2); !slices.Equal(got.Labels, m.Labels) {
		t.Errorf("the same size: %v", got.Labels)
	}
}

func TestLabelMapObjectsAndOneHot(t *testing.T) {
	m := labelMap("0302")
	if got := m.Objects(); !slices.Equal(got, []int{2, 3}) {
		t.Errorf("objects are %v, want 2 and 3", got)
	}
	hot, err := m.OneHot(4)
	if err != nil {
		t.Fatal(err)
	}
	testkit.AllClose(t, "one-hot", hot.Data, []float32{1, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 1, 0}, 0)
	_, err = m.OneHot(3)
	testkit.RequireError(t, err, "pixel 1 has label 3: must be less than 3")
	_, err = LabelMap{Width: 2, Height: 2}.OneHot(3)
	testkit.RequireError(t, err, "is 2×2 with 0 labels")
}

// Weights of enlarging 2 entries by 4: 0 0 1/8 3/8 5/8 7/8 then the edge.
func TestEnlarge(t *testing.T) {
	plane := enlarge(Matrix{Rows: 2, Cols: 1, Data: []float32{0, 8}}, 0, 1, 2, 4)
	testkit.AllClose(t, "row", plane[:8], []float32{0, 0, 1, 3, 5, 7, 8, 8}, 1e-6)
	testkit.AllClose(t, "last row", plane[24:], plane[:8], 0)
}

func TestSegment(t *testing.T) {
	// Class 1 never exceeds class 0 by itself; stretched it does, on the right.
	labels := Matrix{Rows: 2, Cols: 2, Data: []float32{1, 0, 0.7, 0.3}}
	m, err := Segment(labels, 1, 2, 4, 16, 8)
	if err != nil {
		t.Fatal(err)
	}
	for i, label := range m.Labels {
		if want := uint8(i % 16 / 8); label != want {
			t.Fatalf("pixel %d is %d, want %d", i, label, want)
		}
	}
	if m.Width != 16 || m.Height != 8 {
		t.Errorf("size is %d×%d, want 16×8", m.Width, m.Height)
	}
	_, err = Segment(labels, 2, 2, 4, 16, 8)
	testkit.RequireError(t, err, "labels are [2, 2]: want [4, 1 to 256]")
	_, err = Segment(labels, 1, 2, 0, 16, 8)
	testkit.RequireError(t, err, "patch 0")
}

func TestStretchLeavesFlatPlanes(t *testing.T) {
	for _, v := range []float32{-1, 0, 2} {
		plane := []float32{v, v}
		stretch(plane)
		if plane[0] != v || math.IsNaN(float64(plane[1])) {
			t.Errorf("a plane of %v became %v", v, plane)
		}
	}
}
