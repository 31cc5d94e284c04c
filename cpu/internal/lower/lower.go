// Package lower turns a graph into a program: it decides where every value lies, groups elementwise
// operations into loops, and writes the kernels of everything else, one operation a file.
package lower

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"

	"github.com/dino-go/dino/cpu/internal/graph"
	"github.com/dino-go/dino/cpu/internal/parallel"
	"github.com/dino-go/dino/cpu/internal/program"
	"github.com/dino-go/dino/cpu/internal/view"
)

// lowering is the state of compiling one function to a program.
type lowering struct {
	p      *program.Program
	pool   *parallel.Pool
	fn     *graph.Function
	places map[*graph.Value]place
	result map[*graph.Value]int // position among the results, of values that a kernel may write there directly
	groups *grouping
	done   map[any]bool // what has been lowered: nodes and groups

	packings map[packing]int // how many products have each right operand
	packed   map[packing]int // slots of those that have been packed for several
}

// place is where a value lies: a view of a slot.
type place struct {
	slot int
	view view.View
}

// Function compiles a function whose calls are inlined. Its program takes the function's
// [graph.Function.Arguments].
func Function(fn *graph.Function, name string, pool *parallel.Pool) (p *program.Program, err error) {
	l := &lowering{
		p: &program.Program{Name: name, Pool: pool}, pool: pool, fn: fn,
		places: map[*graph.Value]place{}, result: map[*graph.Value]int{}, done: map[any]bool{},
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("cpu: compiling %q: %v", name, r)
		}
	}()
	l.declare()
	l.groups = fuse(fn)
	l.countPackings()
	if err := l.schedule(); err != nil {
		return nil, fmt.Errorf("cpu: compiling %q: %w", name, err)
	}
	l.finish()
	l.p.Plan()
	return l.p, nil
}

// declare makes the slots of arguments and results.
func (l *lowering) declare() {
	for i, v := range l.fn.Arguments() {
		slot := l.p.NewSlot(program.Slot{Kind: program.Input, Size: byteSize(v.Shape), Index: i})
		l.places[v] = place{slot, view.Of(v.Shape.Dimensions)}
		l.p.Inputs = append(l.p.Inputs, v.Shape)
	}
	for i, v := range l.fn.Results {
		l.p.NewSlot(program.Slot{Kind: program.Output, Size: byteSize(v.Shape), Index: i})
		l.p.Outputs = append(l.p.Outputs, v.Shape)
		if _, twice := l.result[v]; !twice {
			l.result[v] = i
		}
	}
}

// finish copies results that no kernel wrote to their place: arguments, constants, views, and
// values that are returned twice.
func (l *lowering) finish() {
	for i, v := range l.fn.Results {
		slot := l.resultSlot(i)
		if at, ok := l.places[v]; ok && at.slot == slot {
			continue
		}
		l.copy(l.view(v), slot, v.Shape)
	}
}

// resultSlot is the slot of a result: they follow the arguments.
func (l *lowering) resultSlot(i int) int { return len(l.p.Inputs) + i }

func byteSize(s shapes.Shape) int { return s.Size() * s.DType.Size() }

// out makes the slot that the kernel of v writes: the memory of the result, where v is one.
func (l *lowering) out(v *graph.Value) int {
	slot := -1
	if i, ok := l.result[v]; ok {
		slot = l.resultSlot(i)
	} else {
		slot = l.p.NewSlot(program.Slot{Kind: program.Temporary, Size: byteSize(v.Shape)})
	}
	l.places[v] = place{slot, view.Of(v.Shape.Dimensions)}
	return slot
}

// scratch makes a slot that belongs to a kernel alone.
func (l *lowering) scratch(bytes int) int {
	return l.p.NewSlot(program.Slot{Kind: program.Temporary, Size: bytes})
}

// emit adds a kernel.
func (l *lowering) emit(k program.Kernel) { l.p.Kernels = append(l.p.Kernels, k) }

// view returns the place of a value, through the operations whose results are views of their
// inputs.
func (l *lowering) view(v *graph.Value) place {
	if at, ok := l.places[v]; ok {
		return at
	}
	at, ok := l.look(v)
	if !ok {
		panic(fmt.Sprintf("internal error: the value of %s has no place", v.Node.Op))
	}
	l.places[v] = at
	return at
}

// look computes the place of a view operation's result from that of its input. ok is false for
// other operations.
func (l *lowering) look(v *graph.Value) (place, bool) {
	n := v.Node
	if !isView(n.Op) {
		return place{}, false
	}
	in := l.view(n.Inputs[v.Index])
	switch attr := n.Attr.(type) {
	case graph.Transpose:
		in.view = in.view.Transpose(attr.Permutation)
	case graph.Slice:
		in.view = in.view.Slice(attr.Starts, attr.Limits, attr.Strides)
	case graph.Broadcast:
		in.view = in.view.Broadcast(v.Shape.Dimensions, attr.Axes)
	case graph.Axes:
		in.view = in.view.Reverse(attr.Axes)
	default: // Reshape and identities
		r, ok := in.view.Reshape(v.Shape.Dimensions)
		if !ok {
			slot := l.dense(n.Inputs[v.Index])
			r, in = view.Of(v.Shape.Dimensions), place{slot: slot}
		}
		in.view = r
	}
	return in, true
}

// isView tells whether the result of an operation is a view of its input's memory.
func isView(op compute.OpType) bool {
	switch op {
	case compute.OpTypeTranspose, compute.OpTypeSlice, compute.OpTypeBroadcastInDim, compute.OpTypeReverse,
		compute.OpTypeReshape,
		compute.OpTypeIdentity, compute.OpTypeOptimizationBarrier, compute.OpTypeSchedulingBarrier:
		return true
	}
	return false
}

// dense returns a slot in which the value lies alone, in row-major order; where it does not yet, a
// copy is made, once. A row-major view of as many bytes as its slot has begins with the slot.
func (l *lowering) dense(v *graph.Value) int {
	at := l.view(v)
	if at.view.Contiguous() && l.p.Slots[at.slot].Size == byteSize(v.Shape) {
		return at.slot
	}
	slot := l.scratch(byteSize(v.Shape))
	l.copy(at, slot, v.Shape)
	l.places[v] = place{slot, view.Of(v.Shape.Dimensions)}
	return slot
}

// lowerings has the function that lowers each operation that is neither a view nor part of a loop.
var lowerings map[compute.OpType]func(l *lowering, n *graph.Node) error

func init() {
	lowerings = map[compute.OpType]func(l *lowering, n *graph.Node) error{
		compute.OpTypeParameter:                         nothing,
		compute.OpTypeCapturedValue:                     nothing,
		compute.OpTypeConstant:                          constant,
		compute.OpTypeIota:                              counting,
		compute.OpTypeConcatenate:                       concatenate,
		compute.OpTypePad:                               pad,
		compute.OpTypeBitcast:                           bitcast,
		compute.OpTypeArgMinMax:                         argMinMax,
		compute.OpTypeGather:                            gather,
		compute.OpTypeScatterSum:                        scatter,
		compute.OpTypeScatterMax:                        scatter,
		compute.OpTypeScatterMin:                        scatter,
		compute.OpTypeDynamicSlice:                      dynamicSlice,
		compute.OpTypeDynamicUpdateSlice:                dynamicUpdateSlice,
		compute.OpTypeDotGeneral:                        dot,
		compute.OpTypeConvGeneral:                       convolve,
		compute.OpTypeReduceWindow:                      reduceWindow,
		compute.OpTypeSelectAndScatterMax:               selectAndScatter,
		compute.OpTypeSelectAndScatterMin:               selectAndScatter,
		compute.OpTypeRNGBitGenerator:                   randomBits,
		compute.OpTypeSort:                              sortAxis,
		compute.OpTypeIf:                                branch,
		compute.OpTypeWhile:                             while,
		compute.OpTypeFusedScaledDotProductAttention:    attention,
		compute.OpTypeFusedScaledDotProductAttentionVJP: attentionGradient,
	}
	for _, op := range reductions {
		lowerings[op] = reduceOther
	}
}

func nothing(*lowering, *graph.Node) error { return nil }

func constant(l *lowering, n *graph.Node) error {
	v := n.Outputs[0]
	slot := l.p.NewSlot(program.Slot{
		Kind: program.Literal, Size: byteSize(v.Shape),
		Data: n.Attr.(graph.Constant).Data,
	})
	l.places[v] = place{slot, view.Of(v.Shape.Dimensions)}
	return nil
}
