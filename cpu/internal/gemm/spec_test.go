package gemm

import (
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"

	"github.com/dino-go/dino/cpu/internal/vec"
)

// spec says all of a product that a test makes: what it prints can be put into foundProducts.
type spec struct {
	M, N, K, Batch int
	A, B           layout
	Packed         bool
	C              place
	Accumulate     bool
	Bias           bool
	Scale          float32
	Activation     Activation
	ColScale       bool
	Residual       place
	HasResidual    bool
	ResidualIsC    bool
	Then           bool
	Seed           uint64 // of the elements
}

// layout is how an operand lies in its slice.
type layout struct {
	Kind  kind
	Gap   int  // elements from the end of a line to the next
	First int  // elements before the operand
	One   bool // the same matrix for all of the batch
}

// kind is what the strides of an operand are like.
type kind int

const (
	rowMajor     kind = iota
	transposed        // the rows are adjacent
	sparse            // as rowMajor, with both strides greater than 1
	sparseTurned      // as transposed, with both strides greater than 1
	backwards         // as rowMajor, the last row first
	sameRows          // the stride of the rows is 0
	sameColumns       // the stride of the columns is 0
	sameAll           // both are
	kinds             // how many there are
)

// strides are those of an operand.
func (l layout) strides(rows, cols int) (row, col int) {
	switch l.Kind {
	case transposed:
		return 1, rows + l.Gap
	case sparse:
		return 2 * (cols + l.Gap), 2
	case sparseTurned:
		return 2, 2 * (rows + l.Gap)
	case backwards:
		return -cols - l.Gap, 1
	case sameRows:
		return 0, 1
	case sameColumns:
		return 1 + l.Gap, 0
	case sameAll:
		return 0, 0
	}
	return cols + l.Gap, 1
}

// place is how C, or a residual, lies in its slice.
type place struct {
	BF16   bool
	Gap    int
	First  int
	Turned bool // the matrices of a batch follow each other in reverse order
}

// String is the spec in Go, in one line, without what is 0.
func (s spec) String() string { return literal(reflect.ValueOf(s)) }

func literal(v reflect.Value) string {
	if v.Kind() != reflect.Struct {
		return fmt.Sprintf("%v", v.Interface())
	}
	var fields []string
	for i := range v.NumField() {
		if f := v.Field(i); !f.IsZero() {
			fields = append(fields, v.Type().Field(i).Name+": "+literal(f))
		}
	}
	name := v.Type().Name()
	if name == "spec" { // an element of a slice
		name = ""
	}
	return name + "{" + strings.Join(fields, ", ") + "}"
}

// build makes the product that a spec says. Whatever belongs to no operand is not a number, and so
// is C where it is not an input.
func build[T Element](s spec, data func(*rand.Rand, int) []T) *Product[T] {
	random := rand.New(rand.NewPCG(s.Seed, 1))
	p := &Product[T]{M: s.M, N: s.N, K: s.K, Batch: s.Batch}
	p.A = operand(s.A, p.M, p.K, p.batch(), random, data)
	p.B = operand(s.B, p.K, p.N, p.batch(), random, data)
	p.C = s.C.view(p, random, s.Accumulate || s.ResidualIsC)
	e := &p.Epilogue
	e.Accumulate, e.Scale, e.Activation = s.Accumulate, s.Scale, s.Activation
	if s.Bias {
		e.Bias = float32s(random, p.N)
	}
	if s.ColScale {
		e.ColScale = float32s(random, p.N)
	}
	switch {
	case s.ResidualIsC:
		e.Residual = p.C
	case s.HasResidual:
		e.Residual = s.Residual.view(p, random, true)
	}
	if s.Then {
		e.Then = negate
	}
	return p
}

func operand[T Element](l layout, rows, cols, batch int, random *rand.Rand, data func(*rand.Rand, int) []T) Operand[T] {
	var o Operand[T]
	o.RowStride, o.ColStride = l.strides(rows, cols)
	size := max(rows-1, 0)*max(o.RowStride, -o.RowStride) + max(cols-1, 0)*o.ColStride + 1
	first, matrices := l.First-max(rows-1, 0)*min(o.RowStride, 0), batch
	if l.One {
		matrices = 1
	}
	if first > 0 || matrices > 1 {
		for b := range batch {
			o.Offsets = append(o.Offsets, first+b%matrices*size)
		}
	}
	o.Data = make([]T, l.First+matrices*size)
	for i := range o.Data {
		o.Data[i] = notANumber[T]()
	}
	for b := range matrices {
		values := data(random, rows*cols)
		for i := range rows {
			for j := range cols {
				o.Data[o.offset(b)+i*o.RowStride+j*o.ColStride] = values[i*cols+j]
			}
		}
	}
	return o
}

// notANumber is a NaN that no computation makes.
func notANumber[T Element]() T {
	var v T
	switch v := any(&v).(type) {
	case *float32:
		*v = math.Float32frombits(0x7fd1e55a)
	case *uint16:
		*v = 0x7fd1
	}
	return v
}

// view makes C or a residual of a product, with values or without.
func (l place) view(to sizes, random *rand.Rand, values bool) View {
	m, n, batch := to.sizes()
	v := View{RowStride: n + l.Gap}
	size := m * v.RowStride
	if batch > 1 || l.First > 0 {
		for b := range batch {
			if l.Turned {
				b = batch - 1 - b
			}
			v.Offsets = append(v.Offsets, l.First+b*size)
		}
	}
	if l.BF16 {
		v.BF16 = make([]uint16, l.First+size*batch+1)
		for i := range v.BF16 {
			v.BF16[i] = notANumber[uint16]()
		}
	} else {
		v.F32 = make([]float32, l.First+size*batch+1)
		for i := range v.F32 {
			v.F32[i] = notANumber[float32]()
		}
	}
	for at := range v.rows(to) {
		switch {
		case !values:
		case l.BF16:
			copy(v.BF16[at:], bf16s(random, n))
		default:
			copy(v.F32[at:], float32s(random, n))
		}
	}
	return v
}

// sizes is a product of whatever elements.
type sizes interface{ sizes() (m, n, batch int) }

func (p *Product[T]) sizes() (m, n, batch int) { return p.M, p.N, p.batch() }

// rows are the indices at which the rows of a view begin, matrix by matrix.
func (v *View) rows(to sizes) iter.Seq[int] {
	m, _, batch := to.sizes()
	return func(yield func(at int) bool) {
		for b := range batch {
			for i := range m {
				if !yield(v.offset(b) + i*v.RowStride) {
					return
				}
			}
		}
	}
}

func float32s(random *rand.Rand, n int) []float32 {
	s := make([]float32, n)
	for i := range s {
		s[i] = 2*random.Float32() - 1
	}
	return s
}

func bf16s(random *rand.Rand, n int) []uint16 {
	s := make([]uint16, n)
	vec.ToBF16(s, float32s(random, n))
	return s
}
