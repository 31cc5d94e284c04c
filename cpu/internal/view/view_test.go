package view

import (
	"slices"
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
				if v.Size() < 1000 && rapid.Bool().Draw(t, "insert") { // three times over they would be millions
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

// factors draws dimensions of so many elements.
func factors(t *rapid.T, size int) []int {
	list := []int{}
	for size > 1 || rapid.Bool().Draw(t, "one more") {
		d := rapid.IntRange(1, size).Filter(func(d int) bool { return size%d == 0 }).Draw(t, "factor")
		list = append(list, d)
		size /= d
	}
	return list
}

// TestReshapeFindsEveryView checks that Reshape returns a view wherever strides for the dimensions
// exist, and only there.
func TestReshapeFindsEveryView(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := random(t)
		want := elements(v)
		only := View{Offset: v.Offset, Dims: factors(t, len(want))}
		step := len(want) // from one element of an axis to the next, in row-major order
		for _, d := range only.Dims {
			step /= d
			stride := 0
			if d > 1 {
				stride = want[step] - want[0]
			}
			only.Strides = append(only.Strides, stride)
		}
		r, ok := v.Reshape(only.Dims)
		if ok != slices.Equal(elements(only), want) {
			t.Fatalf("%v reshaped to %v: reports %t", v, only.Dims, ok)
		}
		if ok && (!slices.Equal(r.Dims, only.Dims) || !slices.Equal(elements(r), want)) {
			t.Fatalf("%v reshaped to %v is %v", v, only.Dims, r)
		}
	})
}

func TestReshapeOfEmptyViews(t *testing.T) {
	r, ok := Of([]int{3, 0}).Transpose([]int{1, 0}).Reshape([]int{2, 0, 5})
	if !ok || r.Size() != 0 || !slices.Equal(r.Dims, []int{2, 0, 5}) || !r.Contiguous() {
		t.Errorf("an empty view reshaped is %v, %t", r, ok)
	}
}

// place is where an element lies, by definition.
func place(v View, index []int) int {
	at := v.Offset
	for i, j := range index {
		at += j * v.Strides[i]
	}
	return at
}

// indices are those of all elements.
func indices(dims []int) [][]int {
	list := [][]int{{}}
	for _, d := range dims {
		var next [][]int
		for _, index := range list {
			for j := range d {
				next = append(next, append(slices.Clone(index), j))
			}
		}
		list = next
	}
	return list
}

// TestSteps checks that each element of a view of a view is the one at its index.
func TestSteps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := random(t)
		check := func(name string, got View, dims []int, of func(index []int) []int) {
			if !slices.Equal(got.Dims, dims) || len(got.Strides) != len(dims) {
				t.Fatalf("%s of %v has dimensions %v and strides %v, want dimensions %v", name, v, got.Dims,
					got.Strides, dims)
			}
			for _, index := range indices(dims) {
				if place(got, index) != place(v, of(index)) {
					t.Fatalf("%s of %v is %v: element %v is not %v", name, v, got, index, of(index))
				}
			}
		}
		mapped := func(f func(axis int) int) []int {
			list := make([]int, len(v.Dims))
			for axis := range list {
				list[axis] = f(axis)
			}
			return list
		}
		permutation := rapid.Permutation(upTo(len(v.Dims))).Draw(t, "permutation")
		check("transpose", v.Transpose(permutation), mapped(func(i int) int { return v.Dims[permutation[i]] }),
			func(index []int) []int {
				return mapped(func(axis int) int { return index[slices.Index(permutation, axis)] })
			})
		starts := mapped(func(axis int) int { return rapid.IntRange(0, v.Dims[axis]).Draw(t, "start") })
		limits := mapped(func(axis int) int { return rapid.IntRange(0, v.Dims[axis]).Draw(t, "limit") })
		steps := mapped(func(int) int { return rapid.IntRange(1, 3).Draw(t, "stride") })
		inside := func(strides []int) []int {
			return mapped(func(axis int) (n int) {
				for i := starts[axis]; i < limits[axis]; i += strides[axis] {
					n++
				}
				return n
			})
		}
		check("slice", v.Slice(starts, limits, steps), inside(steps), func(index []int) []int {
			return mapped(func(axis int) int { return starts[axis] + index[axis]*steps[axis] })
		})
		check("slice without strides", v.Slice(starts, limits, nil), inside(mapped(func(int) int { return 1 })),
			func(index []int) []int {
				return mapped(func(axis int) int { return starts[axis] + index[axis] })
			})
		reversed := permutation[:len(permutation)/2]
		backwards := v.Reverse(reversed)
		check("reverse", backwards, v.Dims, func(index []int) []int {
			return mapped(func(axis int) int {
				if slices.Contains(reversed, axis) {
					return v.Dims[axis] - 1 - index[axis]
				}
				return index[axis]
			})
		})
		if back := backwards.Reverse(reversed); !slices.Equal(elements(back), elements(v)) {
			t.Fatalf("reversed twice %v is %v", v, back)
		}
		dims := append(slices.Clone(v.Dims), 2) // axis 0 becomes the last
		axes := mapped(func(axis int) int { return axis })
		if len(dims) > 1 {
			dims[0], dims[len(dims)-1], axes[0] = 2, v.Dims[0], len(dims)-1
			if v.Dims[0] == 1 {
				dims[len(dims)-1] = 3
			}
		}
		check("broadcast", v.Broadcast(dims, axes), dims, func(index []int) []int {
			return mapped(func(axis int) int { return min(index[axes[axis]], v.Dims[axis]-1) })
		})
	})
}

func TestBackwards(t *testing.T) {
	v := Of([]int{2, 3})
	for _, c := range []struct {
		axes []int
		want bool
	}{{nil, false}, {[]int{0}, true}, {[]int{1}, true}, {[]int{0, 1}, true}} {
		if got := v.Reverse(c.axes).Backwards(); got != c.want {
			t.Errorf("with axes %v reversed, Backwards() = %t", c.axes, got)
		}
	}
}

func TestContiguous(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := random(t)
		want := true
		for i, at := range elements(v) {
			want = want && at == v.Offset+i
		}
		if v.Contiguous() != want {
			t.Fatalf("%v: Contiguous() = %t", v, !want)
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
		broken := false
		for i, p := range want {
			broken = broken || i%length > 0 && p-want[i-1] != want[1]-want[0]
		}
		if ok == broken {
			t.Fatalf("%v in rows of %d: reports %t", v, length, ok)
		}
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

func TestEmptyViewsBeginInsideTheMemory(t *testing.T) {
	for _, v := range []View{
		Of([]int{5, 3}).Slice([]int{5, 3}, []int{5, 3}, nil),
		Of([]int{0, 6}).Slice([]int{0, 1}, []int{0, 6}, nil),
		Of([]int{0, 6}).Reverse([]int{1}),
		Of([]int{5, 3}).Slice([]int{2, 0}, []int{2, 3}, nil).Reverse([]int{0, 1}),
	} {
		if v.Offset != 0 {
			t.Errorf("a view of dimensions %v begins at %d, want 0", v.Dims, v.Offset)
		}
	}
}
