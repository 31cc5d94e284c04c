package center

import (
	"slices"
	"testing"
)

func TestCurrent(t *testing.T) {
	for _, c := range []struct {
		state State
		want  []float32
	}{
		{State{Center: []float32{4, 8}, Queued: []float32{2, 0}}, []float32{4, 8}},
		{State{Center: []float32{4, 8}, Queued: []float32{2, 0}, CenterSet: true}, []float32{4, 8}},
		{State{Center: []float32{4, 8}, Queued: []float32{2, 0}, QueuedSet: true}, []float32{2, 0}},
		{State{Center: []float32{4, 8}, Queued: []float32{2, 0}, CenterSet: true, QueuedSet: true}, []float32{3.5, 6}},
		{Settled([]float32{1, -1}), []float32{1, -1}},
	} {
		before := slices.Clone(c.state.Center)
		if got := c.state.Current(0.75); !slices.Equal(got, c.want) || !slices.Equal(c.state.Center, before) {
			t.Errorf("%+v: the center is %v, want %v", c.state, got, c.want)
		}
	}
}

// Every tensor has as many values as its shape asks for.
func TestValuesHaveTheShapes(t *testing.T) {
	values, shapes := Settled([]float32{1, 2, 3}).Values(), Shapes(3)
	if len(values) != len(shapes) {
		t.Errorf("%d tensors have values, %d shapes", len(values), len(shapes))
	}
	for name, shape := range shapes {
		n := 1
		for _, d := range shape {
			n *= d
		}
		if len(values[name]) != n {
			t.Errorf("%s has %d values, want %d", name, len(values[name]), n)
		}
	}
	if values[CenterSet][0] != 1 || values[QueuedSet][0] != 0 {
		t.Errorf("the flags are %v and %v, want a center and nothing queued", values[CenterSet], values[QueuedSet])
	}
}
