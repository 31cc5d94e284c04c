package attnmap

import (
	"cmp"
	"fmt"
	"slices"
)

// Mask marks the patches that hold the largest share of one head's attention,
// as DINO's visualize_attention.py does: the values, divided by their sum, are
// sorted ascending and accumulated, and a patch is marked where the running sum,
// its own value included, exceeds 1 − mass. mass is more than 0 and at most 1;
// the paper's figures have 0.6.
func Mask(attention []float32, mass float64) ([]bool, error) {
	if !(mass > 0 && mass <= 1) {
		return nil, fmt.Errorf("attnmap: mass of the mask is %v: must be above 0 and at most 1; 0.6 is usual", mass)
	}
	total := 0.0
	order := make([]int, len(attention))
	for i, v := range attention {
		order[i] = i
		total += float64(v)
	}
	if !(total > 0) {
		return nil, fmt.Errorf("attnmap: all attention to %d patches is zero: no mask can hold a share of it",
			len(attention))
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(attention[a], attention[b]), cmp.Compare(a, b))
	})
	mask := make([]bool, len(attention))
	sum := 0.0
	for _, i := range order {
		sum += float64(attention[i]) / total
		mask[i] = sum > 1-mass
	}
	return mask, nil
}
