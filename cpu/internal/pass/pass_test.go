package pass

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/bfloat16"
	"github.com/gomlx/compute/shapes"

	"github.com/dino-go/dino/cpu/internal/graph"
)

// sketch builds small graphs.
type sketch struct{ *graph.Function }

func newSketch() sketch { return sketch{&graph.Function{Name: "test"}} }

func (s sketch) op(op compute.OpType, attr any, d dtypes.DType, dims []int, in ...*graph.Value) *graph.Value {
	return s.Add(op, attr, in, shapes.Make(d, dims...)).Outputs[0]
}

func (s sketch) parameter(d dtypes.DType, dims ...int) *graph.Value {
	v := s.op(compute.OpTypeParameter, graph.Parameter{Name: "x"}, d, dims)
	s.Params = append(s.Params, v)
	return v
}

// ops lists what is left beside parameters and constants.
func (s sketch) ops() string {
	var names []string
	for _, n := range s.Nodes {
		if n.Op != compute.OpTypeParameter && n.Op != compute.OpTypeConstant {
			names = append(names, n.Op.String())
		}
	}
	return strings.Join(names, " ")
}

func (s sketch) expect(t *testing.T, want string, results ...*graph.Value) {
	t.Helper()
	s.Results = results
	if err := Run(s.Function); err != nil {
		t.Fatal(err)
	}
	if got := s.ops(); got != want {
		t.Errorf("%q is left, want %q:\n%s", got, want, s.Function)
	}
}

const f32, bf16 = dtypes.Float32, dtypes.BFloat16

func TestDeadCodeIsEliminated(t *testing.T) {
	s := newSketch()
	x := s.parameter(f32, 4)
	s.op(compute.OpTypeExp, nil, f32, []int{4}, x)
	s.expect(t, "Neg", s.op(compute.OpTypeNeg, nil, f32, []int{4}, x))
}

func TestCommonSubexpressionsAreEliminated(t *testing.T) {
	s := newSketch()
	x := s.parameter(f32, 4)
	a := s.op(compute.OpTypeExp, nil, f32, []int{4}, s.op(compute.OpTypeNeg, nil, f32, []int{4}, x))
	b := s.op(compute.OpTypeExp, nil, f32, []int{4}, s.op(compute.OpTypeNeg, nil, f32, []int{4}, x))
	s.expect(t, "Neg Exp Add", s.op(compute.OpTypeAdd, nil, f32, []int{4}, a, b))
}

func TestRandomNumbersAreNotShared(t *testing.T) {
	s := newSketch()
	state := s.parameter(dtypes.Uint64, 3)
	draw := func() *graph.Value {
		return s.Add(compute.OpTypeRNGBitGenerator, nil, []*graph.Value{state}, state.Shape,
			shapes.Make(f32, 4)).Outputs[1]
	}
	a, b := draw(), draw()
	s.expect(t, "RNGBitGenerator RNGBitGenerator", a, b)
}

func TestEqualConstantsAreShared(t *testing.T) {
	s := newSketch()
	long := func(last byte) *graph.Value {
		data := make([]byte, 400)
		data[399] = last
		return s.op(compute.OpTypeConstant, graph.Constant{DType: f32, Data: data}, f32, []int{100})
	}
	a, b, c := long(1), long(1), long(2)
	s.Results = []*graph.Value{a, b, c}
	eliminateCommonSubexpressions(s.Function)
	if s.Results[0] != s.Results[1] || s.Results[0] == s.Results[2] {
		t.Error("equal constants must be one, different ones two")
	}
}

func TestIdentityViewsAreRemoved(t *testing.T) {
	s := newSketch()
	x := s.parameter(f32, 2, 3)
	y := s.op(compute.OpTypeTranspose, graph.Transpose{Permutation: []int{0, 1}}, f32, []int{2, 3}, x)
	y = s.op(compute.OpTypeReshape, nil, f32, []int{6}, s.op(compute.OpTypeReshape, nil, f32, []int{3, 2}, y))
	y = s.op(compute.OpTypeIdentity, nil, f32, []int{6}, y)
	s.expect(t, "Reshape Neg", s.op(compute.OpTypeNeg, nil, f32, []int{6}, y))
}

// product is a·b over [m, k] and [k, n].
func (s sketch) product(a, b *graph.Value, d dtypes.DType) *graph.Value {
	attr := graph.Dot{LeftContracting: []int{1}, RightContracting: []int{0}}
	return s.op(compute.OpTypeDotGeneral, attr, d, []int{a.Shape.Dimensions[0], b.Shape.Dimensions[1]}, a, b)
}

// A square product: exchanging its operands must not be mistaken for a view that changes nothing.
func TestTransposedProductsExchangeOperands(t *testing.T) {
	s := newSketch()
	a, b := s.parameter(f32, 3, 3), s.parameter(f32, 3, 3)
	y := s.op(compute.OpTypeTranspose, graph.Transpose{Permutation: []int{1, 0}}, f32, []int{3, 3},
		s.product(a, b, f32))
	s.expect(t, "DotGeneral", y)
	n := s.Results[0].Node
	if n.Inputs[0] != b || n.Inputs[1] != a {
		t.Error("the operands were not exchanged")
	}
	if d := n.Attr.(graph.Dot); d.LeftContracting[0] != 0 || d.RightContracting[0] != 1 {
		t.Errorf("contracts axes %v and %v, want 0 and 1", d.LeftContracting, d.RightContracting)
	}
}

func TestProductsOfConvertedOperandsAreNarrow(t *testing.T) {
	s := newSketch()
	a, b := s.parameter(bf16, 3, 4), s.parameter(bf16, 4, 5)
	wide := func(v *graph.Value) *graph.Value {
		return s.op(compute.OpTypeConvertDType, nil, f32, v.Shape.Dimensions, v)
	}
	y := s.op(compute.OpTypeConvertDType, nil, bf16, []int{3, 5}, s.product(wide(a), wide(b), f32))
	s.expect(t, "DotGeneral", y)
	if got := s.Results[0].Shape.DType; got != bf16 {
		t.Errorf("the product is %s, want bfloat16", got)
	}
}

func TestViewsOfConvertedOperandsAreMadeAgain(t *testing.T) {
	s := newSketch()
	a, b := s.parameter(bf16, 5, 4), s.parameter(bf16, 4, 5)
	wide := func(v *graph.Value) *graph.Value {
		return s.op(compute.OpTypeConvertDType, nil, f32, v.Shape.Dimensions, v)
	}
	rows := s.op(compute.OpTypeSlice, graph.Slice{Starts: []int{1, 0}, Limits: []int{4, 4}, Strides: []int{1, 1}}, f32,
		[]int{3, 4}, wide(a))
	s.expect(t, "Slice DotGeneral", s.product(rows, wide(b), f32))
	if got := s.Results[0].Node.Inputs[0].Shape.DType; got != bf16 {
		t.Errorf("the rows are %s, want bfloat16", got)
	}
}

func TestGradientsOfSlicesAreConcatenated(t *testing.T) {
	s := newSketch()
	a, b := s.parameter(f32, 2, 3), s.parameter(f32, 4, 3)
	zero := s.op(compute.OpTypeConstant, graph.Constant{DType: f32, Data: make([]byte, 4)}, f32, nil)
	pad := func(v *graph.Value, before, after int) *graph.Value {
		return s.op(compute.OpTypePad, graph.Pad{Axes: []compute.PadAxis{{Start: before, End: after}, {}}}, f32,
			[]int{6, 3}, v, zero)
	}
	sum := s.op(compute.OpTypeAdd, nil, f32, []int{6, 3}, pad(b, 2, 0), pad(a, 0, 4))
	s.expect(t, "Concatenate", sum)
	if in := s.Results[0].Node.Inputs; in[0] != a || in[1] != b {
		t.Error("the parts are not in the order of their places")
	}
}

func TestOverlappingPiecesAreAdded(t *testing.T) {
	s := newSketch()
	a := s.parameter(f32, 4, 3)
	zero := s.op(compute.OpTypeConstant, graph.Constant{DType: f32, Data: make([]byte, 4)}, f32, nil)
	pad := func(before, after int) *graph.Value {
		return s.op(compute.OpTypePad, graph.Pad{Axes: []compute.PadAxis{{Start: before, End: after}, {}}}, f32,
			[]int{6, 3}, a, zero)
	}
	s.expect(t, "Pad Pad Add", s.op(compute.OpTypeAdd, nil, f32, []int{6, 3}, pad(2, 0), pad(0, 2)))
}

// A sum of padded pieces that fill an axis and of something else is none of pieces.
func TestSumsOfPiecesWithOtherUsersAreAdded(t *testing.T) {
	s := newSketch()
	a, b, other := s.parameter(f32, 2, 3), s.parameter(f32, 4, 3), s.parameter(f32, 6, 3)
	zero := s.op(compute.OpTypeConstant, graph.Constant{DType: f32, Data: make([]byte, 4)}, f32, nil)
	pad := func(v *graph.Value, before, after int) *graph.Value {
		return s.op(compute.OpTypePad, graph.Pad{Axes: []compute.PadAxis{{Start: before, End: after}, {}}}, f32,
			[]int{6, 3}, v, zero)
	}
	add := func(a, b *graph.Value) *graph.Value { return s.op(compute.OpTypeAdd, nil, f32, []int{6, 3}, a, b) }
	s.expect(t, "Pad Add Pad Add Pad Add", add(add(add(other, pad(a, 1, 3)), pad(a, 0, 4)), pad(b, 2, 0)))

	s = newSketch()
	a, b = s.parameter(f32, 2, 3), s.parameter(f32, 4, 3)
	zero = s.op(compute.OpTypeConstant, graph.Constant{DType: f32, Data: make([]byte, 4)}, f32, nil)
	wanted := add(pad(a, 1, 3), pad(a, 3, 1)) // has another user
	s.expect(t, "Pad Pad Add Pad Add Pad Add", add(add(wanted, pad(a, 0, 4)), pad(b, 2, 0)), wanted)
}

// Comparisons of the two elements get an order for NaNs, those of something else do not.
func TestComparisonsOfElementsSortNaNsLast(t *testing.T) {
	for _, c := range []struct {
		name string
		x, y func(s sketch, a, b *graph.Value) *graph.Value
		want string
	}{
		{"elements", first, second, "LessThan IsNaN IsNaN LogicalNot LogicalAnd LogicalOr"},
		{
			"made of one", first, func(s sketch, a,
				b *graph.Value,
			) *graph.Value {
				return s.op(compute.OpTypeNeg, nil, f32, nil, b)
			},
			"Neg LessThan IsNaN IsNaN LogicalNot LogicalAnd LogicalOr",
		},
		{"the same", first, first, "LessThan"},
		{"made of both and the first", product, first, "Mul LessThan"},
		{"the first and made of both", first, product, "Mul LessThan"},
	} {
		s, body := newSketch(), newSketch()
		x := s.parameter(f32, 7)
		a, b := body.parameter(f32), body.parameter(f32)
		left, right := c.x(body, a, b), c.y(body, a, b)
		body.Results = []*graph.Value{body.op(compute.OpTypeLessThan, nil, dtypes.Bool, nil, left, right)}
		n := s.Add(compute.OpTypeSort, graph.Sort{}, []*graph.Value{x}, x.Shape)
		n.Bodies = []*graph.Function{body.Function}
		sortNaNsLast(s.Function)
		if got := body.ops(); got != c.want {
			t.Errorf("%s: the comparator is %q, want %q", c.name, got, c.want)
		}
	}
}

func first(_ sketch, a, _ *graph.Value) *graph.Value { return a }

func second(_ sketch, _, b *graph.Value) *graph.Value { return b }

func product(s sketch, a, b *graph.Value) *graph.Value {
	return s.op(compute.OpTypeMul, nil, f32, nil, a, b)
}

// gelu writes out GELU of x as graphs have it, and, where dy is not nil, its gradient.
func (s sketch) gelu(x, dy *graph.Value) (y, dx *graph.Value) {
	d, dims := x.Shape.DType, x.Shape.Dimensions
	number := func(v float64) *graph.Value {
		data := dtypes.UnsafeByteSlice([]float32{float32(v)})
		if d == bf16 {
			data = dtypes.UnsafeByteSlice([]bfloat16.BFloat16{bfloat16.FromFloat32(float32(v))})
		}
		return s.op(compute.OpTypeBroadcastInDim, graph.Broadcast{}, d, dims,
			s.op(compute.OpTypeConstant, graph.Constant{DType: d, Data: data}, d, nil))
	}
	do := func(op compute.OpType, in ...*graph.Value) *graph.Value { return s.op(op, nil, d, dims, in...) }
	mul := func(a, b *graph.Value) *graph.Value { return do(compute.OpTypeMul, a, b) }
	root := number(1 / math.Sqrt2)
	t := mul(x, root)
	h := mul(do(compute.OpTypeAdd, do(compute.OpTypeErf, t), number(1)), number(0.5))
	y = mul(x, h)
	if dy == nil {
		return y, nil
	}
	density := mul(do(compute.OpTypeExp, do(compute.OpTypeNeg, mul(t, t))), number(2/math.Sqrt(math.Pi)))
	return y, do(compute.OpTypeAdd, mul(dy, h), mul(mul(mul(mul(dy, x), number(0.5)), density), root))
}

func TestGeluIsRecognised(t *testing.T) {
	for _, d := range []dtypes.DType{f32, bf16} {
		s := newSketch()
		x, dy := s.parameter(d, 4, 8), s.parameter(d, 4, 8)
		y, dx := s.gelu(x, dy)
		s.expect(t, "FusedGelu FusedGelu", y, dx)
		if in := s.Results[0].Node.Inputs; len(in) != 1 || in[0] != x {
			t.Errorf("%s: the function is not of x:\n%s", d, s.Function)
		}
		if in := s.Results[1].Node.Inputs; len(in) != 2 || in[0] != dy || in[1] != x {
			t.Errorf("%s: the gradient is not of dy and x:\n%s", d, s.Function)
		}
	}
}

// A number that went through an integer has lost its fraction, and is not the constant underneath.
func TestConstantsAreFoldedExactly(t *testing.T) {
	s := newSketch()
	c := s.op(compute.OpTypeConstant, graph.Constant{DType: f32, Data: dtypes.UnsafeByteSlice([]float32{1.5})}, f32,
		nil)
	spread := s.op(compute.OpTypeBroadcastInDim, graph.Broadcast{}, f32, []int{4}, c)
	if v, ok := foldScalar(s.op(compute.OpTypeConvertDType, nil, bf16, []int{4}, spread)); !ok || v != 1.5 {
		t.Errorf("1.5 is read as %g, %v", v, ok)
	}
	c.Node.Attr = graph.Constant{DType: f32, Data: dtypes.UnsafeByteSlice([]float32{1 + 0x1p-9 + 0x1p-12})}
	for d, want := range map[dtypes.DType]float64{bf16: 1, dtypes.Float16: 1 + 0x1p-9} {
		rounded := s.op(compute.OpTypeConvertDType, nil, f32, []int{4},
			s.op(compute.OpTypeConvertDType, nil, d, []int{4}, spread))
		if v, ok := foldScalar(rounded); !ok || v != want {
			t.Errorf("1 + 2⁻⁹ + 2⁻¹² as %s is read as %g, %v, want %g", d, v, ok, want)
		}
	}
	whole := s.op(compute.OpTypeConvertDType, nil, f32, []int{4},
		s.op(compute.OpTypeConvertDType, nil, dtypes.Int32, []int{4}, spread))
	if v, ok := foldScalar(whole); ok {
		t.Errorf("1.5 as an integer is read as %g", v)
	}
}

func TestOtherFunctionsOfErfStay(t *testing.T) {
	s := newSketch()
	x, z := s.parameter(f32, 4), s.parameter(f32, 4)
	y, _ := s.gelu(x, nil)
	gate := y.Node.Inputs[1]
	s.expect(t, "BroadcastInDim Mul Erf BroadcastInDim Add BroadcastInDim Mul Mul",
		s.op(compute.OpTypeMul, nil, f32, []int{4}, z, gate))
}

func TestGradientsOfWeightsAreNotRounded(t *testing.T) {
	s := newSketch()
	x, y := s.parameter(bf16, 8, 4), s.parameter(bf16, 8, 6)
	product := s.op(compute.OpTypeDotGeneral, graph.Dot{LeftContracting: []int{0}, RightContracting: []int{0}}, bf16,
		[]int{4, 6}, x, y)
	s.expect(t, "DotGeneral", s.op(compute.OpTypeConvertDType, nil, f32, []int{4, 6}, product))
	if d := s.Results[0].Shape.DType; d != f32 {
		t.Errorf("the product gives %s, want Float32", d)
	}
	if isRounded(s.Results[0].Node) {
		t.Error("the product rounds its sums")
	}
}

func TestGradientsOfWeightsAreRoundedLikeTheGraph(t *testing.T) {
	s := newSketch()
	x, y := s.parameter(bf16, 8, 4), s.parameter(bf16, 8, 6)
	product := s.op(compute.OpTypeDotGeneral, graph.Dot{LeftContracting: []int{0}, RightContracting: []int{0}}, f32,
		[]int{4, 6}, x, y)
	narrow := s.op(compute.OpTypeConvertDType, nil, bf16, []int{4, 6}, product)
	s.expect(t, "DotGeneral", s.op(compute.OpTypeConvertDType, nil, f32, []int{4, 6}, narrow))
	if r := s.Results[0]; r.Shape.DType != f32 || !isRounded(r.Node) {
		t.Errorf("the product gives %s, rounded: %v, want Float32, rounded", r.Shape.DType, isRounded(r.Node))
	}
}

func TestBiasGoesIntoTheProduct(t *testing.T) {
	byRows := graph.Dot{LeftContracting: []int{1}, RightContracting: []int{1}}
	for _, d := range []dtypes.DType{f32, bf16} {
		s := newSketch()
		x, w := s.parameter(d, 6, 8), s.parameter(d, 16, 8)
		product := s.op(compute.OpTypeReshape, nil, d, []int{2, 3, 16},
			s.op(compute.OpTypeDotGeneral, byRows, d, []int{6, 16}, x, w))
		bias := s.parameter(f32, 16) // behind the product
		b := bias
		if d != f32 {
			b = s.op(compute.OpTypeConvertDType, nil, d, []int{16}, b)
		}
		b = s.op(compute.OpTypeBroadcastInDim, graph.Broadcast{Axes: []int{2}}, d, []int{2, 3, 16}, b)
		want := "DotGeneral Reshape"
		if d != f32 {
			want = "ConvertDType ConvertDType " + want // the bias is rounded first, as the graph says
		}
		s.expect(t, want, s.op(compute.OpTypeAdd, nil, d, []int{2, 3, 16}, product, b))
		if in := product.Node.Inputs[0].Node.Inputs; len(in) != 3 || in[2].Shape.DType != f32 || in[2] != bias &&
			in[2].Node.Inputs[0].Node.Inputs[0] != bias {
			t.Errorf("%s: the product has not got the bias in float32:\n%s", d, s.Function)
		}
		for i, n := range s.Nodes {
			for _, in := range n.Inputs {
				if slices.Index(s.Nodes, in.Node) >= i {
					t.Errorf("%s: %s comes before what it needs:\n%s", d, n.Op, s.Function)
				}
			}
		}
	}
}

// TestSumsThatAreNoBiasesStay has sums that are no biases: of a column, of a product that is used
// twice, of a vector that is computed.
func TestSumsThatAreNoBiasesStay(t *testing.T) {
	byRows := graph.Dot{LeftContracting: []int{1}, RightContracting: []int{1}}
	dims := []int{16, 16}
	spread := func(s sketch, v *graph.Value, axis int) *graph.Value {
		return s.op(compute.OpTypeBroadcastInDim, graph.Broadcast{Axes: []int{axis}}, f32, dims, v)
	}
	for name, sum := range map[string]func(s sketch, product *graph.Value) []*graph.Value{
		"DotGeneral BroadcastInDim Add": func(s sketch, product *graph.Value) []*graph.Value {
			return []*graph.Value{s.op(compute.OpTypeAdd, nil, f32, dims, product, spread(s, s.parameter(f32, 16), 0))}
		},
		"DotGeneral BroadcastInDim Add Neg": func(s sketch, product *graph.Value) []*graph.Value {
			return []*graph.Value{
				s.op(compute.OpTypeAdd, nil, f32, dims, product, spread(s, s.parameter(f32, 16), 1)),
				s.op(compute.OpTypeNeg, nil, f32, dims, product),
			}
		},
		"DotGeneral Exp BroadcastInDim Add": func(s sketch, product *graph.Value) []*graph.Value {
			v := s.op(compute.OpTypeExp, nil, f32, []int{16}, s.parameter(f32, 16))
			return []*graph.Value{s.op(compute.OpTypeAdd, nil, f32, dims, product, spread(s, v, 1))}
		},
	} {
		s := newSketch()
		x, w := s.parameter(f32, 16, 8), s.parameter(f32, 16, 8)
		s.expect(t, name, sum(s, s.op(compute.OpTypeDotGeneral, byRows, f32, dims, x, w))...)
	}
}

// A product that is also wanted as it is would be computed twice if its transpose became a product.
func TestTransposesOfProductsThatAreUsedStay(t *testing.T) {
	s := newSketch()
	x, y := s.parameter(f32, 3, 5), s.parameter(f32, 5, 4)
	product := s.op(compute.OpTypeDotGeneral, graph.Dot{LeftContracting: []int{1}, RightContracting: []int{0}}, f32,
		[]int{3, 4}, x, y)
	transposed := s.op(compute.OpTypeTranspose, graph.Transpose{Permutation: []int{1, 0}}, f32, []int{4, 3}, product)
	s.expect(t, "DotGeneral Transpose Neg Abs", s.op(compute.OpTypeNeg, nil, f32, []int{4, 3}, transposed),
		s.op(compute.OpTypeAbs, nil, f32, []int{3, 4}, product))
}
