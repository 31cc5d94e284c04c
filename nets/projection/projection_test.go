package projection

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Heads that look the same in weights have tensors of the same shapes, and the other way round.
func TestStoredIsWhatShapesShow(t *testing.T) {
	draw := func(t *rapid.T, name string) Config {
		return Config{
			Kind:   rapid.SampledFrom([]string{Seed, Official}).Draw(t, name),
			Layers: rapid.IntRange(1, 3).Draw(t, name+" layers"),
			Hidden: rapid.IntRange(4, 5).Draw(t, name+" hidden"), Bottleneck: 3, Prototypes: 7,
			BatchNorm:     rapid.Bool().Draw(t, name+" batch norm"),
			NormLastLayer: rapid.Bool().Draw(t, name+" norm last layer"),
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := draw(t, "a"), draw(t, "b")
		if stored := a.Stored(); stored.Stored() != stored || !same(stored.Shapes(6), a.Shapes(6)) {
			t.Errorf("%+v: stored it is %+v, with other shapes", a, stored)
		}
		if equal := same(a.Shapes(6), b.Shapes(6)); equal != (a.Stored() == b.Stored()) {
			t.Errorf("%+v and %+v have the same shapes: %v; they are stored as %+v and %+v", a, b, equal, a.Stored(),
				b.Stored())
		}
	})
}

func same(a, b map[string][]int) bool { return maps.EqualFunc(a, b, slices.Equal) }

// Files of weights hold a head in this form: what they do not show is left out.
func TestJSON(t *testing.T) {
	text, err := json.Marshal(Config{Official, 6, 3, 4, 2, true, true})
	if want := `{"Kind":"official","Hidden":6,"Bottleneck":3,"Prototypes":4,"Layers":2,"BatchNorm":true}`; err != nil ||
		string(text) != want {
		t.Errorf("got %s, %v, want %s", text, err, want)
	}
}
