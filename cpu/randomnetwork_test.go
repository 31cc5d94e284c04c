package cpu

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
)

// network is a random computation whose gradients are wanted. All its values are [batch, rows,
// width]; it consists of functions whose slopes are moderate, so that errors of rounding do not
// grow.
type network struct {
	random *rand.Rand
	inputs [][]int     // dimensions; the first is what the layers begin with, the others are parameters
	scale  []float64   // of the numbers in each input
	known  [][3]int    // dimensions of the values
	used   []bool      // the value goes into another
	layers []layerFunc // each adds a value
}

// layerFunc computes a value from the inputs and the values so far.
type layerFunc func(in, values []*graph.Node) *graph.Node

// Lengths that are no multiples of a register, a tile or a block of the products, and some that
// are.
var (
	networkRows   = []int{1, 2, 5, 13, 19, 48, 57, 94, 97, 160}
	networkWidths = []int{1, 2, 3, 7, 16, 20, 33, 48, 94, 148, 193, 233, 293, 327}
	headWidths    = []int{1, 3, 5, 8, 17, 32, 40}
)

func (n *network) pick(list []int) int { return list[n.random.IntN(len(list))] }

// newNetwork draws a network of so many layers.
func newNetwork(random *rand.Rand, layers int) *network {
	n := &network{random: random}
	first := [3]int{1 + random.IntN(3), n.pick(networkRows), n.pick(networkWidths)}
	n.input(1, first[:]...)
	n.known, n.used = [][3]int{first}, []bool{false}
	kinds := []func(x int, s [3]int){
		n.linear, n.linear, n.attention, n.elementwise, n.normalise, n.softmax, n.mix, n.gather, n.move, n.scores,
		n.reduce, n.choose,
	}
	n.linear(0, first)
	for len(n.layers) < layers {
		x := len(n.known) - 1
		if random.IntN(4) == 0 {
			x = random.IntN(len(n.known))
		}
		kinds[random.IntN(len(kinds))](x, n.known[x])
	}
	return n
}

// input adds an input and returns its number.
func (n *network) input(scale float64, dims ...int) int {
	n.inputs, n.scale = append(n.inputs, dims), append(n.scale, scale)
	return len(n.inputs) - 1
}

// add adds a layer that uses the given values.
func (n *network) add(dims [3]int, f layerFunc, uses ...int) {
	const most = 60000 // elements
	if dims[0]*dims[1]*dims[2] > most {
		return
	}
	for _, x := range uses {
		n.used[x] = true
	}
	n.known, n.used, n.layers = append(n.known, dims), append(n.used, false), append(n.layers, f)
}

// weight adds the input of a linear map, in the layout of torch or in that of GoMLX, and returns
// the map.
func (n *network) weight(from, to int) func(in []*graph.Node, x *graph.Node) *graph.Node {
	scale := 1 / math.Sqrt(float64(from))
	if n.random.IntN(2) == 0 {
		w := n.input(scale, to, from)
		return func(in []*graph.Node, x *graph.Node) *graph.Node { return graph.Einsum("bnd,ed->bne", x, in[w]) }
	}
	w := n.input(scale, from, to)
	return func(in []*graph.Node, x *graph.Node) *graph.Node { return graph.Einsum("bnd,de->bne", x, in[w]) }
}

func (n *network) linear(x int, s [3]int) {
	out := n.pick(networkWidths)
	apply, bias := n.weight(s[2], out), -1
	if n.random.IntN(2) == 0 {
		bias = n.input(1, out)
	}
	n.add([3]int{s[0], s[1], out}, func(in, v []*graph.Node) *graph.Node {
		y := apply(in, v[x])
		if bias >= 0 {
			y = graph.Add(y, graph.ExpandLeftToRank(in[bias], 3))
		}
		return y
	}, x)
}

// wide widens bfloat16 to float32, in which networks compute norms and probabilities.
func wide(x *graph.Node) *graph.Node {
	if x.DType() == dtypes.BFloat16 {
		return graph.ConvertDType(x, dtypes.Float32)
	}
	return x
}

func like(x, as *graph.Node) *graph.Node {
	if x.DType() == as.DType() {
		return x
	}
	return graph.ConvertDType(x, as.DType())
}

func softmax(x *graph.Node, axis int) *graph.Node {
	x = wide(x)
	e := graph.Exp(graph.Sub(x, graph.StopGradient(graph.ReduceAndKeep(x, graph.ReduceMax, axis))))
	return graph.Div(e, graph.ReduceAndKeep(e, graph.ReduceSum, axis))
}

// attention is that of a transformer, with a residual or without.
func (n *network) attention(x int, s [3]int) {
	heads, width := 1+n.random.IntN(3), n.pick(headWidths)
	apply := n.weight(s[2], 3*heads*width)
	tokens := n.random.IntN(2) == 0 // the axis of tokens lies before that of heads
	n.add([3]int{s[0], s[1], heads * width}, func(in, v []*graph.Node) *graph.Node {
		qkv := graph.Reshape(apply(in, v[x]), s[0], s[1], 3, heads, width)
		part := func(i int) *graph.Node {
			p := graph.Squeeze(graph.Slice(qkv, graph.AxisRange(), graph.AxisRange(), graph.AxisElem(i)), 2)
			if !tokens {
				p = graph.TransposeAllAxes(p, 0, 2, 1, 3)
			}
			return p
		}
		q, k, value := graph.MulScalar(part(0), 1/math.Sqrt(float64(width))), part(1), part(2)
		if tokens {
			p := softmax(graph.Einsum("bqhd,bkhd->bhqk", q, k), -1)
			return graph.Reshape(graph.Einsum("bhqk,bkhd->bqhd", like(p, value), value), s[0], s[1], heads*width)
		}
		p := softmax(graph.Einsum("bhqd,bhkd->bhqk", q, k), -1)
		y := graph.Einsum("bhqk,bhkd->bhqd", like(p, value), value)
		return graph.Reshape(graph.TransposeAllAxes(y, 0, 2, 1, 3), s[0], s[1], heads*width)
	}, x)
}

func gelu(x *graph.Node) *graph.Node {
	return graph.Mul(x, graph.MulScalar(graph.AddScalar(graph.Erf(graph.MulScalar(x, 1/math.Sqrt2)), 1.0), 0.5))
}

func (n *network) elementwise(x int, s [3]int) {
	f := []func(*graph.Node) *graph.Node{gelu, gelu, graph.Tanh, graph.Sigmoid, graph.Sin, graph.Neg}[n.random.IntN(6)]
	n.add(s, func(_, v []*graph.Node) *graph.Node { return f(v[x]) }, x)
}

// normalise is layer norm, with an epsilon that keeps rows of few numbers from being all slope.
func (n *network) normalise(x int, s [3]int) {
	weight, bias := n.input(1, s[2]), n.input(1, s[2])
	n.add(s, func(in, v []*graph.Node) *graph.Node {
		y := wide(v[x])
		y = graph.Sub(y, graph.ReduceAndKeep(y, graph.ReduceMean, -1))
		y = graph.Div(y, graph.Sqrt(graph.AddScalar(graph.ReduceAndKeep(graph.Square(y), graph.ReduceMean, -1), 0.1)))
		row := func(i int) *graph.Node { return graph.ExpandLeftToRank(like(in[i], y), 3) }
		return like(graph.Add(graph.Mul(y, row(weight)), row(bias)), v[x])
	}, x)
}

func (n *network) softmax(x int, s [3]int) {
	axis := 1 + n.random.IntN(2)
	n.add(s, func(_, v []*graph.Node) *graph.Node {
		return graph.MulScalar(like(softmax(v[x], axis), v[x]), math.Sqrt(float64(s[axis])))
	}, x)
}

// mix combines a value with another of the same dimensions, or with a parameter that is spread over
// it.
func (n *network) mix(x int, s [3]int) {
	op := []func(a, b *graph.Node) *graph.Node{graph.Add, graph.Mul, graph.Sub, graph.Mul}[n.random.IntN(4)]
	for y := range n.known {
		if n.known[y] == s && y != x {
			n.add(s, func(_, v []*graph.Node) *graph.Node { return graph.MulScalar(op(v[x], v[y]), 0.7) }, x, y)
			return
		}
	}
	dims := [][]int{{1, 1, s[2]}, {s[0], s[1], 1}, {1, s[1], 1}, {1, 1, 1}}[n.random.IntN(4)]
	p := n.input(1, dims...)
	n.add(s, func(in, v []*graph.Node) *graph.Node { return op(v[x], in[p]) }, x)
}

// gather takes some rows, some of them several times.
func (n *network) gather(x int, s [3]int) {
	rows := make([][]int32, n.pick(networkRows))
	for i := range rows {
		rows[i] = []int32{int32(n.random.IntN(s[0] * s[1]))}
	}
	n.add([3]int{1, len(rows), s[2]}, func(_, v []*graph.Node) *graph.Node {
		y := graph.Gather(graph.Reshape(v[x], s[0]*s[1], s[2]), graph.Const(v[x].Graph(), rows))
		return graph.Reshape(y, 1, len(rows), s[2])
	}, x)
}

// move rearranges elements.
func (n *network) move(x int, s [3]int) {
	switch n.random.IntN(4) {
	case 0:
		n.add([3]int{s[0], s[2], s[1]},
			func(_, v []*graph.Node) *graph.Node { return graph.TransposeAllAxes(v[x], 0, 2, 1) }, x)
	case 1:
		n.add([3]int{1, s[0] * s[1], s[2]},
			func(_, v []*graph.Node) *graph.Node { return graph.Reshape(v[x], 1, s[0]*s[1], s[2]) }, x)
	default: // two parts exchanged
		axis := n.random.IntN(3)
		at := n.random.IntN(s[axis])
		if at == 0 {
			return
		}
		n.add(s, func(_, v []*graph.Node) *graph.Node {
			part := func(lo, hi int) *graph.Node {
				spec := []graph.SliceAxisSpec{graph.AxisRange(), graph.AxisRange(), graph.AxisRange()}
				spec[axis] = graph.AxisRange(lo, hi)
				return graph.Slice(v[x], spec...)
			}
			return graph.Concatenate([]*graph.Node{part(at, s[axis]), part(0, at)}, axis)
		}, x)
	}
}

// scores multiplies a value with itself, over its rows or its columns.
func (n *network) scores(x int, s [3]int) {
	if n.random.IntN(2) == 0 {
		n.add([3]int{s[0], s[1], s[1]}, func(_, v []*graph.Node) *graph.Node {
			return graph.MulScalar(graph.Einsum("bnd,bmd->bnm", v[x], graph.Tanh(v[x])), 1/math.Sqrt(float64(s[2])))
		}, x)
		return
	}
	n.add([3]int{s[0], s[2], s[2]}, func(_, v []*graph.Node) *graph.Node {
		return graph.MulScalar(graph.Einsum("bnd,bne->bde", v[x], graph.Tanh(v[x])), 1/math.Sqrt(float64(s[1])))
	}, x)
}

func (n *network) reduce(x int, s [3]int) {
	axis, out := n.random.IntN(3), s
	out[axis] = 1
	n.add(out, func(_, v []*graph.Node) *graph.Node {
		return graph.MulScalar(graph.ReduceAndKeep(v[x], graph.ReduceSum, axis), 1/math.Sqrt(float64(s[axis])))
	}, x)
}

// choose takes some columns as they are and others from a parameter.
func (n *network) choose(x int, s [3]int) {
	p, every := n.input(1, s[2]), 2+n.random.IntN(3)
	mask := make([]bool, s[2])
	for i := range mask {
		mask[i] = i%every == 0
	}
	n.add(s, func(in, v []*graph.Node) *graph.Node {
		spread := func(y *graph.Node) *graph.Node {
			return graph.BroadcastToDims(graph.ExpandLeftToRank(y, 3),
				s[:]...)
		}
		return graph.Where(spread(graph.Const(v[x].Graph(), mask)), v[x], spread(in[p]))
	}, x)
}

// data draws the numbers of all inputs, which bfloat16 can hold.
func (n *network) data(random *rand.Rand) [][]float64 {
	list := make([][]float64, len(n.inputs))
	for i, dims := range n.inputs {
		size := 1
		for _, d := range dims {
			size *= d
		}
		list[i] = make([]float64, size)
		for j := range list[i] {
			v := float32(random.NormFloat64() * n.scale[i])
			list[i][j] = float64(math.Float32frombits(math.Float32bits(v) &^ 0xffff))
		}
	}
	return list
}

// names says which results [network.build] returns.
func (n *network) names() (names []string) {
	for i := range n.known {
		if !n.used[i] {
			names = append(names, fmt.Sprintf("value %d %v", i, n.known[i]))
		}
	}
	for i, dims := range n.inputs {
		names = append(names, fmt.Sprintf("gradient of input %d %v", i, dims))
	}
	return names
}

// build computes the values without users, and the gradients of a weighted sum of them for all
// inputs.
func (n *network) build(in []*graph.Node) []*graph.Node {
	values := []*graph.Node{in[0]}
	for _, layer := range n.layers {
		values = append(values, layer(in, values))
	}
	var results []*graph.Node
	var loss *graph.Node
	for i, v := range values {
		if n.used[i] {
			continue
		}
		results = append(results, v)
		v = wide(v)
		weighted := graph.ReduceAllSum(graph.Mul(v, weights(v)))
		if loss == nil {
			loss = weighted
		} else {
			loss = graph.Add(loss, weighted)
		}
	}
	return append(results, graph.Gradient(loss, in...)...)
}

// weights are numbers from −1 to 1 that every type of float can hold, in the shape of x.
func weights(x *graph.Node) *graph.Node {
	list := make([]float32, x.Shape().Size())
	for i := range list {
		list[i] = float32(i*37%128-64) / 64
	}
	return graph.ConvertDType(graph.Reshape(graph.Const(x.Graph(), list), x.Shape().Dimensions...), x.DType())
}
