package nets

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestGeometry(t *testing.T) {
	for _, c := range []struct {
		edge Edge
		size [2]int // with patches of 4 pixels
		grid [2]int
		must string // of the error; empty where the images are taken
	}{
		{EdgeRefused, [2]int{4, 12}, [2]int{1, 3}, ""},
		{
			EdgeRefused,
			[2]int{4, 13},
			[2]int{},
			"13×4 pixels: width and height must be positive multiples of the patch size (4)",
		},
		{EdgeRefused, [2]int{0, 4}, [2]int{}, "positive multiples of the patch size (4)"},
		{EdgeRefused, [2]int{-4, 4}, [2]int{}, "positive multiples of the patch size (4)"},
		{EdgeIgnored, [2]int{4, 15}, [2]int{1, 3}, ""},
		{EdgeIgnored, [2]int{3, 15}, [2]int{}, "15×3 pixels: width and height must be at least the patch size (4)"},
		{EdgePadded, [2]int{1, 13}, [2]int{1, 4}, ""},
		{EdgePadded, [2]int{4, 8}, [2]int{1, 2}, ""},
		{EdgePadded, [2]int{4, 0}, [2]int{}, "0×4 pixels: width and height must be at least 1"},
	} {
		g := Geometry{Channels: 3, Patch: 4, Edge: c.edge}
		err := g.Check(c.size)
		if c.must != "" {
			if err == nil || !strings.HasSuffix(err.Error(), c.must) {
				t.Errorf("edge %d, %v: got %v, want %q", c.edge, c.size, err, c.must)
			}
			continue
		}
		if err != nil || g.Grid(c.size) != c.grid {
			t.Errorf("edge %d, %v: grid %v, %v, want %v", c.edge, c.size, g.Grid(c.size), err, c.grid)
		}
	}
}

// The cells of a grid cover all pixels but those that the edge leaves out, and no empty cell is
// among them.
func TestGridCovers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string, from, to int) int { return rapid.IntRange(from, to).Draw(t, name) }
		g := Geometry{Patch: draw("patch", 1, 9), Edge: Edge(draw("edge", 0, 2))}
		size := [2]int{draw("height", 1, 40), draw("width", 1, 40)}
		if g.Check(size) != nil {
			return
		}
		for axis, cells := range g.Grid(size) {
			rest := size[axis] - cells*g.Patch
			least, most := map[Edge]int{EdgePadded: 1 - g.Patch}[g.Edge], map[Edge]int{EdgeIgnored: g.Patch - 1}[g.Edge]
			if cells < 1 || rest < least || rest > most {
				t.Fatalf("edge %d: %d cells of %d pixels for %d pixels", g.Edge, cells, g.Patch, size[axis])
			}
		}
	})
}
