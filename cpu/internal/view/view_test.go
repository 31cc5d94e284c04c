package view

import (
	"testing"

	"pgregory.net/rapid"
)

// elements lists the places of a view's elements in row-major order, by counting.
func elements(v View) []int {
	places := []int{v.Offset}
	for i, d := range v.Dims {
		next := make([]int, 0, len(places)*d)
		for _, p := range places {
			for j := range d {
				next = append(next, p+j*v.Strides[i])
			}
		}
		places = next
	}
	return places
}

func dims(t *rapid.T) []int { return rapid.SliceOfN(rapid.IntRange(1, 4), 0, 4).Draw(t, "dims") }

// random draws a view by random steps.
func random(t *rapid.T) View {
	v := Of(dims(t))
	for range rapid.IntRange(0, 3).Draw(t, "steps") {
		switch rapid.IntRange(0, 3).Draw(t, "step") {
		case 0:
			v = v.Transpose(rapid.Permutation(upTo(len(v.Dims))).Draw(t, "permutation"))
		case 1:
			var starts, limits, strides []int
			for _, d := range v.Dims {
				start := rapid.IntRange(0, d-1).Draw(t, "start")
				starts = append(starts, start)
				limits = append(limits, rapid.IntRange(start+1, d).Draw(t, "limit"))
				strides = append(strides, rapid.IntRange(1, 2).Draw(t, "stride"))
			}
			v = v.Slice(starts, limits, strides)
		case 2:
			v = v.Reverse(rapid.Permutation(upTo(len(v.Dims))).Draw(t, "axes")[:len(v.Dims)/2])
		case 3:
			out, axes := []int{}, []int{}
			for _, d := range v.Dims {
				if rapid.Bool().Draw(t, "insert") {
					out = append(out, 3)
				}
				axes = append(axes, len(out))
				out = append(out, d)
			}
			v = v.Broadcast(out, axes)
		}
	}
	return v
}

func upTo(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

func TestCollapseAndReshapeKeepElements(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := random(t)
		want := elements(v)
		equal(t, "collapse", elements(v.Collapse()), want)
		for i, p := range want {
			if v.At(i) != p {
				t.Fatalf("At(%d) = %d, want %d", i, v.At(i), p)
			}
		}
		r, ok := v.Reshape([]int{len(want)})
		if ok {
			equal(t, "reshape", elements(r), want)
		}
		if v.Contiguous() && !ok {
			t.Fatal("a contiguous view did not reshape")
		}
		back, ok := Of([]int{len(want)}).Reshape(v.Dims)
		if !ok || !back.Contiguous() {
			t.Fatal("a flat view did not reshape")
		}
	})
}

func TestRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := random(t)
		want := elements(v)
		length := rapid.IntRange(1, 6).Draw(t, "length")
		if len(want)%length != 0 {
			return
		}
		step, ok := v.Rows(length)
		if !ok {
			return
		}
		for i, p := range want {
			if got := v.At(i-i%length) + i%length*step; got != p {
				t.Fatalf("element %d of %v in rows of %d: got %d, want %d", i, v, length, got, p)
			}
		}
	})
}

func equal(t *rapid.T, what string, got, want []int) {
	if len(got) != len(want) {
		t.Fatalf("%s: %d elements, want %d", what, len(got), len(want))
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("%s: element %d lies at %d, want %d", what, i, got[i], want[i])
		}
	}
}
