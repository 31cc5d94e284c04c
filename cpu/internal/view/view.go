// Package view describes tensors that lie in other tensors' memory: a start and a stride for each
// axis. Transposes, slices, broadcasts and most reshapes are views, and cost nothing until a
// consumer needs its elements side by side.
package view

import "slices"

// View is a tensor in memory that it does not own: element (i, j, …) lies at Offset + i·Strides[0]
// + j·Strides[1] + …, all in elements.
type View struct {
	Offset  int
	Dims    []int
	Strides []int
}

// Of is the view of a whole tensor of the given dimensions, in row-major order.
func Of(dims []int) View {
	v := View{Dims: slices.Clone(dims), Strides: make([]int, len(dims))}
	step := 1
	for i := len(dims) - 1; i >= 0; i-- {
		v.Strides[i] = step
		step *= dims[i]
	}
	return v
}

// Size is the number of elements.
func (v View) Size() int {
	n := 1
	for _, d := range v.Dims {
		n *= d
	}
	return n
}

// Contiguous tells whether the elements lie side by side, in row-major order.
func (v View) Contiguous() bool {
	step := 1
	for i := len(v.Dims) - 1; i >= 0; i-- {
		if v.Dims[i] != 1 && v.Strides[i] != step {
			return false
		}
		step *= v.Dims[i]
	}
	return true
}

// Backwards tells whether the view runs through memory backwards along some axis.
func (v View) Backwards() bool {
	return slices.ContainsFunc(v.Strides, func(s int) bool { return s < 0 })
}

// Transpose makes axis permutation[i] axis i.
func (v View) Transpose(permutation []int) View {
	t := View{Offset: v.Offset}
	for _, axis := range permutation {
		t.Dims = append(t.Dims, v.Dims[axis])
		t.Strides = append(t.Strides, v.Strides[axis])
	}
	return t
}

// Slice takes every strides[i]-th element from starts[i] up to limits[i].
func (v View) Slice(starts, limits, strides []int) View {
	s := View{Offset: v.Offset}
	for i := range v.Dims {
		step := 1
		if len(strides) > 0 {
			step = strides[i]
		}
		n := max(0, (limits[i]-starts[i]+step-1)/step)
		s.Offset += starts[i] * v.Strides[i]
		s.Dims = append(s.Dims, n)
		s.Strides = append(s.Strides, v.Strides[i]*step)
	}
	return s.inside()
}

// inside is the view, or, where it has no elements, one that begins with the memory: its start may
// lie behind the end.
func (v View) inside() View {
	if v.Size() == 0 {
		v.Offset = 0
	}
	return v
}

// Reverse runs through the given axes backwards.
func (v View) Reverse(axes []int) View {
	r := View{Offset: v.Offset, Dims: v.Dims, Strides: slices.Clone(v.Strides)}
	for _, axis := range axes {
		if v.Dims[axis] > 0 {
			r.Offset += (v.Dims[axis] - 1) * v.Strides[axis]
			r.Strides[axis] = -v.Strides[axis]
		}
	}
	return r.inside()
}

// Broadcast repeats the view over dims: its axis i becomes axis axes[i].
func (v View) Broadcast(dims, axes []int) View {
	b := View{Offset: v.Offset, Dims: slices.Clone(dims), Strides: make([]int, len(dims))}
	for i, axis := range axes {
		if v.Dims[i] == dims[axis] {
			b.Strides[axis] = v.Strides[i]
		}
	}
	return b
}

// Reshape gives the elements, in row-major order, other dimensions of the same size. It reports
// false where that is not a view.
func (v View) Reshape(dims []int) (View, bool) {
	c := v.Collapse()
	r := View{Offset: v.Offset, Dims: slices.Clone(dims), Strides: make([]int, len(dims))}
	if v.Size() == 0 {
		return Of(dims), true
	}
	axis := len(c.Dims) - 1
	left, step := 1, 0 // what is left of the current axis of c, and its stride
	if axis >= 0 {
		left, step = c.Dims[axis], c.Strides[axis]
	}
	for i := len(dims) - 1; i >= 0; i-- {
		if dims[i] == 1 {
			continue
		}
		for left == 1 {
			axis--
			left, step = c.Dims[axis], c.Strides[axis]
		}
		if left%dims[i] != 0 {
			return View{}, false
		}
		r.Strides[i] = step
		left /= dims[i]
		step *= dims[i]
	}
	return r, true
}

// Collapse drops axes of length 1 and joins neighbours that one stride runs through, for a view of
// the same elements in the same order.
func (v View) Collapse() View {
	c := View{Offset: v.Offset}
	for i, d := range v.Dims {
		if d == 1 {
			continue
		}
		if n := len(c.Dims); n > 0 && c.Strides[n-1] == v.Strides[i]*d {
			c.Dims[n-1] *= d
			c.Strides[n-1] = v.Strides[i]
			continue
		}
		c.Dims = append(c.Dims, d)
		c.Strides = append(c.Strides, v.Strides[i])
	}
	return c
}

// At is the place of the element with the given index in row-major order.
func (v View) At(index int) int {
	at := v.Offset
	for i := len(v.Dims) - 1; i >= 0 && index > 0; i-- {
		at += index % v.Dims[i] * v.Strides[i]
		index /= v.Dims[i]
	}
	return at
}

// Rows is the inner stride of a view that is read as rows of the given length, in row-major order:
// all elements of a row are that far apart, and row r begins at At(r·length). It reports false
// where rows would be broken.
func (v View) Rows(length int) (step int, ok bool) {
	c := v.Collapse()
	if len(c.Dims) == 0 || length == 1 {
		return 0, true
	}
	last := len(c.Dims) - 1
	if c.Dims[last]%length != 0 {
		return 0, false
	}
	return c.Strides[last], true
}
