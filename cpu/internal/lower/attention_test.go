package lower

import "testing"

// TestTilesAreBounded wants no more scores at a time than fit beside the rest in the second-level
// cache, but for 8 queries at least.
func TestTilesAreBounded(t *testing.T) {
	for _, keys := range []int{0, 1, 37, 197, 577, 3601, 8192, 8193, 1 << 20} {
		queries := tileQueries(keys)
		if queries < 8 || queries%8 != 0 || queries > 8 && queries*keys > tileScores {
			t.Errorf("%d keys have tiles of %d queries", keys, queries)
		}
	}
}
