package order

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/dino-go/dino/internal/data/folder"
	"github.com/dino-go/dino/internal/testkit"
)

func TestPermutationIsPinned(t *testing.T) {
	// A change of these numbers breaks the resume of every existing run.
	if diff := cmp.Diff([]int{9, 7, 2, 4, 1, 5, 8, 0, 3, 6}, Permutation(0, 0, 10)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{9, 8, 4, 1, 6, 3, 0, 7, 5, 2}, Permutation(7, 3, 10)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPermutationIsOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 200).Draw(t, "n")
		order := Permutation(rapid.Uint64().Draw(t, "seed"), rapid.IntRange(0, 1000).Draw(t, "epoch"), n)
		slices.Sort(order)
		for i, v := range order {
			if i != v {
				t.Fatalf("element %d of the sorted permutation is %d", i, v)
			}
		}
	})
}

// Every element lands on every place about equally often, over seeds and over
// epochs: 4000 draws put 800 ± 25 on each of the five places.
func TestPermutationIsUniform(t *testing.T) {
	const n, draws = 5, 4000
	for _, along := range []string{"epochs", "seeds"} {
		var count [n][n]int
		for d := range draws {
			seed, epoch := uint64(d), 0
			if along == "epochs" {
				seed, epoch = 1, d
			}
			for place, v := range Permutation(seed, epoch, n) {
				count[place][v]++
			}
		}
		sigma := math.Sqrt(draws * (1. / n) * (1 - 1./n))
		for place := range n {
			for v := range n {
				if off := math.Abs(float64(count[place][v]) - draws/n); off > 5*sigma {
					t.Errorf("over %s: %d is on place %d %d times, want %d ± %.0f", along, v, place, count[place][v],
						draws/n, 5*sigma)
				}
			}
		}
	}
}

func TestSequenceTakesEveryImageOnceAnEpoch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		images := rapid.SliceOfNDistinct(rapid.IntRange(0, 500), 1, 60, rapid.ID[int]).Draw(t, "images")
		batch := rapid.IntRange(1, len(images)).Draw(t, "batch")
		s, err := NewSequence(rapid.Uint64().Draw(t, "seed"), images, batch)
		if err != nil {
			t.Fatal(err)
		}
		first := rapid.IntRange(0, 3).Draw(t, "epoch")
		seen := map[int]bool{}
		for step := first * s.StepsPerEpoch(); step < (first+1)*s.StepsPerEpoch(); step++ {
			epoch, taken := s.At(step)
			if epoch != first || len(taken) != batch {
				t.Fatalf("step %d: epoch %d with %d images, want epoch %d with %d", step, epoch, len(taken), first,
					batch)
			}
			for _, i := range taken {
				if seen[i] || !slices.Contains(images, i) {
					t.Fatalf("step %d: image %d seen before in the epoch, or not in the list", step, i)
				}
				seen[i] = true
			}
		}
		if dropped := len(images) - len(seen); dropped != len(images)%batch {
			t.Fatalf("%d images dropped, want %d", dropped, len(images)%batch)
		}
	})
}

func TestSequenceStartsAnywhere(t *testing.T) {
	images := (&folder.Index{Files: make([]folder.File, 23)}).All()
	onward, _ := NewSequence(5, images, 4)
	for step := range 40 {
		direct, _ := NewSequence(5, images, 4)
		wantEpoch, want := onward.At(step)
		epoch, got := direct.At(step)
		if epoch != wantEpoch || !slices.Equal(got, want) {
			t.Fatalf("step %d begun directly: epoch %d %v, want epoch %d %v", step, epoch, got, wantEpoch, want)
		}
	}
	if epoch, place := onward.Epoch(12); epoch != 2 || place != 2 {
		t.Errorf("step 12 of 5 a epoch is epoch %d place %d, want 2 and 2", epoch, place)
	}
	_, one := onward.At(0)
	_, two := onward.At(5)
	if slices.Equal(one, two) {
		t.Error("two epochs begin with the same batch")
	}
}

func TestSequenceRefusesBatchSize(t *testing.T) {
	for _, batch := range []int{-1, 0, 4} {
		_, err := NewSequence(0, []int{1, 2, 3}, batch)
		testkit.RequireError(t, err, "between 1 and the number of images to train on, 3")
	}
}

func TestInOrder(t *testing.T) {
	o := InOrder{Images: []int{9, 4, 7, 1, 3}, Batch: 2}
	if o.Steps() != 3 {
		t.Fatalf("steps = %d, want 3", o.Steps())
	}
	var all []int
	for step := range o.Steps() {
		epoch, images := o.At(step)
		if epoch != 0 {
			t.Errorf("step %d has epoch %d", step, epoch)
		}
		all = append(all, images...)
		images[0] = -1 // the slice is the caller's
	}
	if diff := cmp.Diff([]int{9, 4, 7, 1, 3}, all); diff != "" {
		t.Errorf("images (-want +got):\n%s", diff)
	}
	if o.Images[0] != 9 {
		t.Error("At handed out its own list")
	}
}
