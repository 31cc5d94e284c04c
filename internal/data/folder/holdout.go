package folder

import (
	"cmp"
	"crypto/sha256"
	"math"
	"slices"
)

// HoldOut divides a labelled index into the images to train on and the images
// held out to evaluate on; both lists are sorted and together they are all
// images. From every class of c images round(fraction·c) are held out, at
// least one and at most c-1, and if that makes more than limit, the classes
// share the limit in proportion to what they had (largest remainder).
//
// Which images are held out is a function of their paths alone, not of a run's
// seed: all runs on one folder are scored on the same images, and adding images
// to the folder moves only few of the old ones. A class of one image and an
// index without labels hold out nothing; a run that does not evaluate should
// not call HoldOut and train on everything.
func (x *Index) HoldOut(fraction float64, limit int) (train, held []int) {
	classes := x.byClass(x.All())
	want := make([]int, len(classes))
	for c, members := range classes {
		n := int(math.Round(fraction * float64(len(members))))
		want[c] = max(0, min(max(1, n), len(members)-1))
	}
	held = pick(classes, apportion(want, limit))
	return without(x.All(), held), held
}

// Stratified returns at most limit of the given images of a labelled index,
// every class in proportion to its number among them (largest remainder),
// sorted. Like HoldOut it depends on paths alone.
func (x *Index) Stratified(images []int, limit int) []int {
	classes := x.byClass(images)
	want := make([]int, len(classes))
	for c, members := range classes {
		want[c] = len(members)
	}
	return pick(classes, apportion(want, limit))
}

// EachClass returns at most limit of the given images of a labelled index, sorted: one of each
// class, then a second of each, and so on; with fewer than there are classes, of classes that are
// evenly spread. Like HoldOut it depends on paths alone.
func (x *Index) EachClass(images []int, limit int) []int {
	classes := slices.DeleteFunc(x.byClass(images), func(members []int) bool { return len(members) == 0 })
	var some []int
	if limit < len(classes) {
		for i := range limit {
			some = append(some, classes[i*len(classes)/limit][0])
		}
	}
	for round, more := 0, true; more && len(some) < limit; round++ {
		more = false
		for _, members := range classes {
			if round < len(members) && len(some) < limit {
				some, more = append(some, members[round]), true
			}
		}
	}
	slices.Sort(some)
	return some
}

// byClass groups images by class, each group in the order of the hash of its
// members' paths: an order that has nothing to do with names or numbering, in
// which every new image finds its place without moving the others.
func (x *Index) byClass(images []int) [][]int {
	classes := make([][]int, len(x.Classes))
	rank := make(map[int]string, len(images))
	for _, i := range images {
		if label := x.Files[i].Label; label != Unlabelled {
			classes[label] = append(classes[label], i)
			hash := sha256.Sum256([]byte(x.Files[i].Path))
			rank[i] = string(hash[:])
		}
	}
	for _, members := range classes {
		slices.SortFunc(members, func(a, b int) int { return cmp.Compare(rank[a], rank[b]) })
	}
	return classes
}

// apportion lowers want so that its sum is at most limit, keeping its
// proportions by the largest-remainder rule: everyone gets the whole part of
// their exact share, and what is left goes one each to the largest fractions,
// the earlier one among equals.
func apportion(want []int, limit int) []int {
	total := 0
	for _, w := range want {
		total += w
	}
	if total <= limit {
		return want
	}
	limit = max(limit, 0)
	got := make([]int, len(want))
	order := make([]int, len(want))
	left := limit
	for c, w := range want {
		got[c] = w * limit / total
		left -= got[c]
		order[c] = c
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(want[b]*limit%total, want[a]*limit%total)
	})
	for _, c := range order[:left] {
		got[c]++
	}
	return got
}

// pick takes the first count[c] members of every class and sorts them.
func pick(classes [][]int, count []int) []int {
	var picked []int
	for c, members := range classes {
		picked = append(picked, members[:count[c]]...)
	}
	slices.Sort(picked)
	return picked
}

// without returns the numbers of all that are not in some; both are sorted.
func without(all, some []int) []int {
	rest := make([]int, 0, len(all)-len(some))
	for _, i := range all {
		if _, found := slices.BinarySearch(some, i); !found {
			rest = append(rest, i)
		}
	}
	return rest
}
