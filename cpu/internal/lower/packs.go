package lower

import (
	"fmt"

	"github.com/gomlx/compute"

	"github.com/dino-go/dino/cpu/internal/gemm"
	"github.com/dino-go/dino/cpu/internal/graph"
	"github.com/dino-go/dino/cpu/internal/parallel"
	"github.com/dino-go/dino/cpu/internal/program"
)

// Right operands that several products share are packed once. Most are weights of a network that a
// graph applies to images of two sizes.

// minPacked is the size of the smallest operand that is packed for several products.
const minPacked = 1 << 14

// packing is a right operand with the axes that are contracted.
type packing struct {
	operand *graph.Value
	axes    string
}

func packingOf(n *graph.Node) (packing, bool) {
	d, ok := n.Attr.(graph.Dot)
	if !ok || n.Op != compute.OpTypeDotGeneral || len(d.RightBatch) > 0 || n.Inputs[1].Shape.Size() < minPacked {
		return packing{}, false
	}
	return packing{n.Inputs[1], fmt.Sprint(d.RightContracting)}, true
}

// countPackings counts the products of every right operand.
func (l *lowering) countPackings() {
	l.packings, l.packed = map[packing]int{}, map[packing]int{}
	for _, n := range l.fn.Nodes {
		if p, ok := packingOf(n); ok {
			l.packings[p]++
		}
	}
}

// packedSlot returns the slot of the packed right operand of a product, b, if other products share
// it; noSlot otherwise.
func packedSlot[T gemm.Element](l *lowering, n *graph.Node, b matrices) int {
	p, ok := packingOf(n)
	if !ok || l.packings[p] < 2 {
		return noSlot
	}
	slot, done := l.packed[p]
	if !done {
		slot = l.scratch(gemm.PackedSize[T](b.rows, b.cols) * 4)
		l.packed[p] = slot
		k := &packer[T]{pool: l.pool, b: b, slot: slot}
		l.emit(program.Kernel{Name: "pack", Reads: []int{b.slot}, Writes: []int{slot}, Serial: k.execute})
	}
	return slot
}

// packer is the kernel that packs.
type packer[T gemm.Element] struct {
	pool *parallel.Pool
	b    matrices
	slot int
}

func (k *packer[T]) execute(f *program.Frame) {
	o := gemm.Operand[T]{
		Data: program.View[T](f, k.b.slot)[k.b.at:], RowStride: k.b.rowStride,
		ColStride: k.b.colStride,
	}
	gemm.PackInto(k.pool, program.View[float32](f, k.slot), o, k.b.rows, k.b.cols)
}
