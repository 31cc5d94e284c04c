package survey

import (
	"cmp"
	"context"
	"slices"
)

// Two images are near duplicates if their hashes differ in at most nearBits of 127 bits and the
// colours of no quarter by more than nearColour of 255. See docs/check.md for how often that is
// wrong.
const (
	nearBits   = 12
	nearColour = 24
)

// flat is the contrast below which an image has no look: its hash is that of noise.
const flat = 4

// Duplicates are groups of images that are the same, or nearly.
type Duplicates struct {
	Identical [][]int // places in Survey.Images whose files are equal byte for byte
	Near      [][]int // places of images that look alike; of identical ones the first
	CutOff    bool    // there were too many pairs to compare all
}

// findDuplicates finds the groups, each and their members in the order of the index. It fails only
// when ctx is done.
func (s *Survey) findDuplicates(ctx context.Context) error {
	d := &s.Duplicates
	byContent := map[[16]byte][]int{}
	var firsts []int
	for i := range s.Images {
		m := &s.Images[i]
		if !m.Decoded() {
			continue
		}
		key := [16]byte(m.content[:16])
		if byContent[key] == nil {
			firsts = append(firsts, i)
		}
		byContent[key] = append(byContent[key], i)
	}
	for _, members := range byContent {
		if len(members) > 1 {
			d.Identical = append(d.Identical, members)
		}
	}
	firsts = slices.DeleteFunc(firsts, func(i int) bool { return s.Images[i].Tone.Contrast < flat })
	looks := make([]look, len(firsts))
	for k, i := range firsts {
		looks[k] = s.Images[i].look
	}
	near, complete, err := alike(ctx, looks, maxCompared)
	if err != nil {
		return err
	}
	d.CutOff = !complete
	for _, group := range near {
		for k := range group {
			group[k] = firsts[group[k]]
		}
		d.Near = append(d.Near, group)
	}
	byFirst := func(a, b []int) int { return cmp.Compare(a[0], b[0]) }
	slices.SortFunc(d.Identical, byFirst)
	slices.SortFunc(d.Near, byFirst)
	return nil
}

// Extra is how many images of groups are not the first of theirs.
func Extra(groups [][]int) int {
	n := 0
	for _, g := range groups {
		n += len(g) - 1
	}
	return n
}
