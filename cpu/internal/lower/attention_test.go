package lower

import "testing"

// TestTilesAreBounded checks that the scores of a tile fit the second-level cache beside keys and
// values, unless 8 queries, the fewest of a tile, have more.
func TestTilesAreBounded(t *testing.T) {
	for _, keys := range []int{0, 1, 37, 197, 577, 3601, 8192, 8193, 1 << 20} {
		queries := tileQueries(keys)
		if queries < 8 || queries%8 != 0 || queries > 8 && queries*keys > tileScores {
			t.Errorf("%d keys have tiles of %d queries", keys, queries)
		}
	}
}
