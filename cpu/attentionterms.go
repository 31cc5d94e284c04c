package cpu

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/pkg/errors"

	"github.com/dino-go/dino/cpu/internal/graph"
)

// scoreTerms returns the addends of the scores of an attention: mask, bias and a mask of the
// sequence lengths, each [batch, heads, queries, keys]. A Bool term is a mask: false stands for −∞.
func (f *function) scoreTerms(scores [4]int, layout compute.AttentionAxesLayout,
	options *compute.ScaledDotProductAttentionConfig,
) (terms []*graph.Value, err error) {
	if options.Mask != nil {
		// A mask of four axes has those of the scores as GoMLX writes them in the layout: [batch,
		// queries, heads, keys] in BSHD.
		order := []int{0, 1, 2, 3}
		order[1], order[2] = layout.HeadsAxis(), layout.SeqAxis()
		term, err := f.scoreTerm("mask", options.Mask, scores, order)
		if err != nil {
			return nil, err
		}
		terms = append(terms, term)
	}
	if options.Bias != nil {
		term, err := f.scoreTerm("bias", options.Bias, scores, []int{0, 1, 2, 3})
		if err != nil {
			return nil, err
		}
		terms = append(terms, term)
	}
	if options.QuerySeqLen == nil && options.KeyValueSeqLen == nil {
		return terms, nil
	}
	term, err := f.lengthsTerm(options.QuerySeqLen, options.KeyValueSeqLen, scores)
	return append(terms, term), err
}

// scoreTerm broadcasts a mask or bias to [batch, heads, queries, keys]; missing axes are leading
// ones. order is the permutation of its axes to these, if it has four.
func (f *function) scoreTerm(name string, x compute.Value, dims [4]int, order []int) (*graph.Value, error) {
	c := &chain{f: f}
	shape, err := f.Shape(x)
	if err != nil {
		return nil, err
	}
	if shape.DType != dtypes.Bool && shape.DType != dtypes.Float32 {
		x = c.do(func() (compute.Value, error) { return f.ConvertDType(x, dtypes.Float32) })
	}
	if shape.Rank() == 4 {
		x = c.do(func() (compute.Value, error) { return f.Transpose(x, order...) })
	}
	if c.err != nil {
		return nil, c.err
	}
	v := x.(*graph.Value)
	missing := len(dims) - v.Shape.Rank()
	var axes []int
	for i, d := range v.Shape.Dimensions {
		if missing < 0 || d != 1 && d != dims[missing+i] {
			return nil, errors.Errorf("cpu: attention: the %s is %s: must be broadcastable to the scores, which are "+
				"%v by batch, heads, queries and keys", name, shape, dims)
		}
		axes = append(axes, missing+i)
	}
	return f.add(compute.OpTypeBroadcastInDim, graph.Broadcast{Axes: axes}, shapes.Make(v.Shape.DType, dims[:]...), v),
		nil
}

// lengthsTerm is the mask [batch, heads, queries, keys] of the queries and keys within the sequence
// lengths, both int32 [batch].
func (f *function) lengthsTerm(queries, keys compute.Value, dims [4]int) (*graph.Value, error) {
	if queries == nil || keys == nil {
		return nil, errors.Errorf("cpu: attention: one of two sequence lengths is given: must be both or none")
	}
	c := &chain{f: f}
	within := func(lengths compute.Value, axis int) compute.Value {
		shape, err := f.Shape(lengths)
		if err == nil && (!shape.DType.IsInt() || shape.Rank() != 1 || shape.Dimensions[0] != dims[0]) {
			err = errors.Errorf("cpu: attention: sequence lengths are %s: must be integers [%d], one an element "+
				"of the batch", shape, dims[0])
		}
		c.then(nil, err)
		all := shapes.Make(shape.DType, dims[:]...)
		at := c.do(func() (compute.Value, error) { return f.Iota(all, axis) })
		ends := c.do(func() (compute.Value, error) { return f.BroadcastInDim(lengths, all, []int{0}) })
		return c.do(func() (compute.Value, error) { return f.LessThan(at, ends) })
	}
	q, k := within(queries, 2), within(keys, 3)
	mask := c.do(func() (compute.Value, error) { return f.LogicalAnd(q, k) })
	if c.err != nil {
		return nil, c.err
	}
	return mask.(*graph.Value), nil
}
