package attnmap

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/testkit"
)

func truthOf(rows ...string) eval.LabelMap {
	m := eval.NewLabelMap(len(rows[0]), len(rows))
	for y, row := range rows {
		for x, digit := range row {
			m.Labels[y*m.Width+x] = uint8(digit - '0')
			if digit == 'v' {
				m.Labels[y*m.Width+x] = Void
			}
		}
	}
	return m
}

func TestJaccard(t *testing.T) {
	// 1×2 patches of 2 pixels; each head marks one.
	masks := [][]bool{{true, false}, {false, true}}
	got, err := Jaccard(masks, Grid{1, 2}, 2, truthOf("1122", "1v02"))
	if err != nil {
		t.Fatal(err)
	}
	// Object 1: 3 of 3 pixels, the fourth is void. Object 2: 3 of 4.
	if diff := cmp.Diff([]ObjectOverlap{{1, 0, 1}, {2, 1, 0.75}}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if mean := MeanJaccard([][]ObjectOverlap{got, {{1, 0, 0.5}}}); math.Abs(mean-(0.875+0.5)/2) > 1e-12 {
		t.Errorf("mean is %v, want the mean of 0.875 and 0.5", mean)
	}
	larger, err := Jaccard(masks, Grid{1, 2}, 2, truthOf("11112222", "11112222", "11110022", "11110022"))
	if err != nil {
		t.Fatal(err)
	}
	if larger[1].Jaccard != 0.75 {
		t.Errorf("a map of twice the size gives %v, want 0.75", larger[1].Jaccard)
	}
}

func TestJaccardRejects(t *testing.T) {
	one := [][]bool{{true, false}}
	_, err := Jaccard(nil, Grid{1, 2}, 2, truthOf("11"))
	testkit.RequireError(t, err, "0 masks")
	_, err = Jaccard(one, Grid{2, 2}, 2, truthOf("11"))
	testkit.RequireError(t, err, "mask of head 0 has 2 patches: the grid is 2×2")
	_, err = Jaccard(one, Grid{1, 2}, 2, eval.LabelMap{Width: 3})
	testkit.RequireError(t, err, "true map is 3×0")
	_, err = Jaccard(one, Grid{1, 2}, 1, truthOf("0v"))
	testkit.RequireError(t, err, "shows no object")
}
