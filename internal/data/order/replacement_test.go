package order

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/dino-go/dino/internal/data/folder"
)

func TestReplacementsAreAllOthersOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		images := rapid.SliceOfNDistinct(rapid.IntRange(0, 500), 1, 60, rapid.ID[int]).Draw(t, "images")
		s, err := NewSequence(rapid.Uint64().Draw(t, "seed"), images, 1)
		if err != nil {
			t.Fatal(err)
		}
		epoch, image := rapid.IntRange(0, 9).Draw(t, "epoch"), rapid.SampledFrom(images).Draw(t, "image")
		candidates := slices.Collect(s.Replacements(epoch, image))
		if !slices.Equal(candidates, slices.Collect(s.Replacements(epoch, image))) {
			t.Fatal("two calls differ")
		}
		got := append(candidates, image)
		slices.Sort(got)
		slices.Sort(images)
		if !slices.Equal(got, images) {
			t.Fatalf("replacements and the image are %v, want each of %v once", got, images)
		}
	})
}

func TestReplacementsArePinned(t *testing.T) {
	// A change of these numbers breaks the resume of runs with bad images.
	s, _ := NewSequence(7, []int{10, 11, 12, 13, 14, 15, 16, 17}, 2)
	if diff := cmp.Diff([]int{14, 15, 16, 17, 10, 11, 13}, slices.Collect(s.Replacements(3, 12))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The first candidate changes with the epoch and the image.
func TestReplacementsVary(t *testing.T) {
	s, _ := NewSequence(1, (&folder.Index{Files: make([]folder.File, 1000)}).All(), 2)
	first := func(epoch, image int) int {
		for candidate := range s.Replacements(epoch, image) {
			return candidate
		}
		return -1
	}
	seen := map[int]bool{}
	for k := range 50 {
		seen[first(k, 0)] = true
		seen[first(0, k)] = true
	}
	if len(seen) < 80 {
		t.Errorf("99 draws from 999 images gave %d different ones, want at least 80", len(seen))
	}
}

func TestInOrderReplacesNothing(t *testing.T) {
	if got := slices.Collect(InOrder{Images: []int{1, 2, 3}, Batch: 2}.Replacements(0, 1)); len(got) != 0 {
		t.Errorf("replacements = %v, want none", got)
	}
}
