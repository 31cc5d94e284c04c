package weights

import (
	"errors"
	"fmt"
	"math"

	"github.com/dino-go/dino/weights/pickle"
)

// pthTensor is a view of a storage: element (i, j, …) is at
// offset + i·strides[0] + j·strides[1] + …
type pthTensor struct {
	storage *pthStorage
	offset  int64
	shape   []int
	strides []int64
}

// maxRank bounds the number of axes, as PyTorch does.
const maxRank = 64

// newPTHTensor verifies that the view lies within its storage.
func newPTHTensor(s *pthStorage, offset int64, shape, strides pickle.Tuple) (*pthTensor, error) {
	t := &pthTensor{storage: s, offset: offset}
	if len(shape) != len(strides) || len(shape) > maxRank {
		return nil, fmt.Errorf("a tensor has %d dimensions and %d strides: must be as many, and at most %d", len(shape),
			len(strides), maxRank)
	}
	if offset < 0 {
		return nil, fmt.Errorf("a tensor begins at element %d of its storage", offset)
	}
	elements, last := int64(1), offset
	for i := range shape {
		d, ok1 := shape[i].(int64)
		stride, ok2 := strides[i].(int64)
		if !ok1 || !ok2 || d < 0 || stride < 0 || int64(int(d)) != d {
			return nil, fmt.Errorf("axis %d of a tensor has a dimension or a stride that is no integer from 0", i)
		}
		t.shape, t.strides = append(t.shape, int(d)), append(t.strides, stride)
		if d > 1 {
			if stride > (math.MaxInt64-last)/(d-1) {
				return nil, errors.New("a tensor's strides overflow")
			}
			last += (d - 1) * stride
		}
		if d != 0 && elements > math.MaxInt64/16/d {
			return nil, fmt.Errorf("a tensor's shape overflows")
		}
		elements *= d
	}
	if elements > 0 && last >= s.len {
		return nil, fmt.Errorf("a tensor of shape %v with strides %v at %d lies outside its storage of %d elements",
			t.shape, t.strides, offset, s.len)
	}
	return t, nil
}

// elements is the product of the shape.
func (t *pthTensor) elements() int64 {
	n := int64(1)
	for _, d := range t.shape {
		n *= int64(d)
	}
	return n
}

func (t *pthTensor) bytes() int64 { return t.elements() * int64(elementSize(t.storage.dtype)) }

// contiguous tells whether the elements lie in row-major order without gaps.
func (t *pthTensor) contiguous() bool {
	next := int64(1)
	for i := len(t.shape) - 1; i >= 0; i-- {
		if t.shape[i] != 1 && t.strides[i] != next {
			return false
		}
		next *= int64(t.shape[i])
	}
	return true
}

// data returns the elements in row-major order: what get returns, where they lie
// so in the file.
func (t *pthTensor) data(r *region, get func(offset, n int64) ([]byte, error)) ([]byte, error) {
	size := int64(elementSize(t.storage.dtype))
	if t.elements() == 0 {
		return []byte{}, nil
	}
	if t.contiguous() {
		return get(t.storage.begin+t.offset*size, t.bytes())
	}
	all, err := r.view(t.storage.begin, t.storage.len*size)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, t.bytes())
	return t.gather(out, all, t.offset, 0, size), nil
}

// gather appends the elements of axis and the later ones, in order.
func (t *pthTensor) gather(out, all []byte, at int64, axis int, size int64) []byte {
	if axis == len(t.shape) {
		return append(out, all[at*size:(at+1)*size]...)
	}
	for i := range t.shape[axis] {
		out = t.gather(out, all, at+int64(i)*t.strides[axis], axis+1, size)
	}
	return out
}
