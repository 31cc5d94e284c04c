package folder

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// labelled makes an index with count[c] images of class c.
func labelled(count ...int) *Index {
	x := &Index{}
	for c, n := range count {
		x.Classes = append(x.Classes, fmt.Sprintf("class%02d", c))
		for k := range n {
			x.Files = append(x.Files, File{Path: fmt.Sprintf("class%02d/%04d.jpg", c, k), Label: c})
		}
	}
	return x
}

func countByClass(x *Index, images []int) []int {
	count := make([]int, len(x.Classes))
	for _, i := range images {
		count[x.Files[i].Label]++
	}
	return count
}

func TestHoldOutShares(t *testing.T) {
	tests := []struct {
		name     string
		count    []int
		fraction float64
		limit    int
		want     []int
	}{
		{"a tenth", []int{100, 50, 20}, 0.1, 1000, []int{10, 5, 2}},
		{"rounded", []int{14, 15, 16}, 0.1, 1000, []int{1, 2, 2}},
		{"at least one", []int{3, 2, 1}, 0.1, 1000, []int{1, 1, 0}},
		{"at most all but one", []int{4, 2, 1}, 1, 1000, []int{3, 1, 0}},
		{"limited in proportion", []int{100, 50, 50}, 0.2, 20, []int{10, 5, 5}},
		{"largest remainder", []int{50, 30, 30}, 0.1, 7, []int{3, 2, 2}},
		{"fewer places than classes", []int{10, 10, 10}, 0.1, 2, []int{1, 1, 0}},
		{"no place", []int{10, 10}, 0.1, 0, []int{0, 0}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			x := labelled(test.count...)
			_, held := x.HoldOut(test.fraction, test.limit)
			if got := countByClass(x, held); !slices.Equal(got, test.want) {
				t.Errorf("held out by class: %v, want %v", got, test.want)
			}
		})
	}
}

func TestHoldOutIsAPartition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := labelled(rapid.SliceOfN(rapid.IntRange(1, 40), 2, 8).Draw(t, "count")...)
		limit := rapid.IntRange(0, 100).Draw(t, "limit")
		train, held := x.HoldOut(rapid.Float64Range(0, 1).Draw(t, "fraction"), limit)
		if !slices.IsSorted(train) || !slices.IsSorted(held) || len(held) > limit {
			t.Fatalf("train %v, held %v: must be sorted, and at most %d held", train, held, limit)
		}
		all := append(slices.Clone(train), held...)
		slices.Sort(all)
		if !slices.Equal(all, x.All()) {
			t.Fatalf("train and held together are %v, want every image once", all)
		}
		for c, n := range countByClass(x, train) {
			if n == 0 {
				t.Fatalf("class %d has no image left to train on", c)
			}
		}
	})
}

// Old images keep their side when new ones arrive, but for those that the
// rank of a new one pushes out.
func TestHoldOutIsStableAgainstNewImages(t *testing.T) {
	before, after := labelled(100, 100), labelled(110, 100)
	_, held := before.HoldOut(0.2, 1000)
	_, heldAfter := after.HoldOut(0.2, 1000)
	was := map[string]bool{}
	for _, i := range held {
		was[before.Files[i].Path] = true
	}
	stayed := 0
	for _, i := range heldAfter {
		if was[after.Files[i].Path] {
			stayed++
		}
	}
	if stayed < 36 {
		t.Errorf("%d of 40 held-out images are still held out after adding 10 images, want at least 36", stayed)
	}
}

func TestHoldOutIsNotTheFirstOfAClass(t *testing.T) {
	x := labelled(1000, 1000)
	_, held := x.HoldOut(0.2, 1000)
	sum := 0.
	for _, i := range held {
		sum += float64(i % 1000)
	}
	// The mean place of 400 images drawn from 0…999 is 499.5 ± 14.4.
	if mean := sum / float64(len(held)); math.Abs(mean-499.5) > 5*14.4 {
		t.Errorf("mean place of the held-out images in their class is %.0f, want about 500", mean)
	}
}

func TestHoldOutWithoutLabels(t *testing.T) {
	x := &Index{Files: []File{{Path: "a.jpg", Label: Unlabelled}, {Path: "b.jpg", Label: Unlabelled}}}
	train, held := x.HoldOut(0.5, 100)
	if len(held) != 0 || !slices.Equal(train, []int{0, 1}) {
		t.Errorf("train %v, held %v: want everything trained on", train, held)
	}
}

func TestStratified(t *testing.T) {
	x := labelled(60, 30, 10)
	train, held := x.HoldOut(0.1, 1000)
	bank := x.Stratified(train, 45)
	if got, want := countByClass(x, bank), []int{27, 14, 4}; !slices.Equal(got, want) {
		t.Errorf("by class: %v, want %v", got, want)
	}
	for _, i := range bank {
		if slices.Contains(held, i) {
			t.Errorf("image %d is held out and in the sample", i)
		}
	}
	if got := x.Stratified(train, 1000); !slices.Equal(got, train) {
		t.Errorf("a sample larger than the list is %v, want the list", got)
	}
}

// Classes take turns; where there are more of them than places, those that get one are spread.
func TestEachClass(t *testing.T) {
	for _, test := range []struct {
		count []int
		limit int
		want  []int
	}{
		{[]int{100, 2, 5}, 3, []int{1, 1, 1}},
		{[]int{100, 2, 5}, 8, []int{3, 2, 3}},
		{[]int{100, 2, 5}, 500, []int{100, 2, 5}},
		{[]int{1, 0, 4}, 3, []int{1, 0, 2}},
		{[]int{9, 9, 9, 9, 9, 9}, 2, []int{1, 0, 0, 1, 0, 0}},
		{[]int{9, 9}, 0, []int{0, 0}},
	} {
		x := labelled(test.count...)
		got := x.EachClass(x.All(), test.limit)
		if count := countByClass(x, got); !slices.Equal(count, test.want) || !slices.IsSorted(got) {
			t.Errorf("%v, at most %d: %v of the classes, want %v", test.count, test.limit, count, test.want)
		}
	}
	x := labelled(50, 50)
	if some := x.EachClass(x.All()[:60], 4); slices.Max(some) >= 60 {
		t.Errorf("took %v, which were not given", some)
	}
}
