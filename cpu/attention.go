package cpu

import (
	"math"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/pkg/errors"

	"github.com/dino-go/dino/cpu/internal/graph"
)

// FusedScaledDotProductAttention implements [compute.FusedOps]. It keeps one state for the
// gradient, the log-denominators [batch, heads, queries]; float16 is computed in float32. Where
// both sequence lengths are given (int32 [batch]), queries and keys beyond them are masked, and the
// results of such queries are 0.
func (f *function) FusedScaledDotProductAttention(query, key, value compute.Value, layout compute.AttentionAxesLayout,
	options *compute.ScaledDotProductAttentionConfig,
) (output compute.Value, states []compute.Value, err error) {
	in, attr, err := f.attention(query, key, value, layout, options)
	if err != nil {
		return nil, nil, err
	}
	dtype := in[0].Shape.DType
	if err := f.widenHalf(in[:3]); err != nil {
		return nil, nil, err
	}
	q := in[0].Shape
	n := f.graph.Add(compute.OpTypeFusedScaledDotProductAttention, attr, in, q, denominators(q, layout))
	output, err = f.ConvertDType(n.Outputs[0], dtype)
	return output, []compute.Value{n.Outputs[1]}, err
}

// widenHalf converts those of the values that are float16, for which attention has no kernels, to
// float32.
func (f *function) widenHalf(vs []*graph.Value) error {
	for i, v := range vs {
		if v.Shape.DType != dtypes.Float16 {
			continue
		}
		x, err := f.ConvertDType(v, dtypes.Float32)
		if err != nil {
			return err
		}
		vs[i] = x.(*graph.Value)
	}
	return nil
}

// denominators is the shape of the state that the gradient reads, the log-denominators: float32
// [batch, heads, queries].
func denominators(q shapes.Shape, layout compute.AttentionAxesLayout) shapes.Shape {
	return shapes.Make(dtypes.Float32, q.Dimensions[0], q.Dimensions[layout.HeadsAxis()],
		q.Dimensions[layout.SeqAxis()])
}

// FusedScaledDotProductAttentionVJP implements [compute.FusedOps].
func (f *function) FusedScaledDotProductAttentionVJP(query, key, value compute.Value,
	layout compute.AttentionAxesLayout,
	options *compute.ScaledDotProductAttentionConfig, output compute.Value, states []compute.Value,
	dOutput compute.Value,
) (dQuery, dKey, dValue compute.Value, err error) {
	if len(states) != 1 {
		return nil, nil, nil, errors.Wrap(compute.ErrNotImplemented, "cpu: gradient of an attention that kept no state")
	}
	in, attr, err := f.attention(query, key, value, layout, options)
	if err != nil {
		return nil, nil, nil, err
	}
	rest, err := f.values("FusedScaledDotProductAttentionVJP", output, states[0], dOutput)
	if err != nil {
		return nil, nil, nil, err
	}
	q := in[0].Shape
	if !rest[0].Shape.Equal(q) || !rest[2].Shape.Equal(q) || !rest[1].Shape.Equal(denominators(q, layout)) {
		return nil, nil, nil, errors.Errorf("cpu: gradient of attention: output, state and its gradient are %s, %s "+
			"and %s: must be those of the forward pass over %s",
			rest[0].Shape, rest[1].Shape, rest[2].Shape, q)
	}
	dtype := q.DType
	in = append(in, rest...)
	if err := f.widenHalf(in); err != nil {
		return nil, nil, nil, err
	}
	n := f.graph.Add(compute.OpTypeFusedScaledDotProductAttentionVJP, attr, in, in[0].Shape, in[1].Shape, in[2].Shape)
	c := &chain{f: f}
	var d [3]compute.Value
	for i, v := range n.Outputs {
		d[i] = c.do(func() (compute.Value, error) { return f.ConvertDType(v, dtype) })
	}
	return d[0], d[1], d[2], c.err
}

// attention checks the operands of an attention and returns them followed by the terms of the
// scores, broadcast to four axes.
func (f *function) attention(query, key, value compute.Value, layout compute.AttentionAxesLayout,
	options *compute.ScaledDotProductAttentionConfig,
) ([]*graph.Value, graph.Attention, error) {
	if options == nil {
		options = &compute.ScaledDotProductAttentionConfig{}
	}
	attr := graph.Attention{Layout: layout, Scale: float32(options.Scale), Causal: options.Causal}
	in, err := f.values("FusedScaledDotProductAttention", query, key, value)
	if err != nil {
		return nil, attr, err
	}
	if err := checkHeads(in[0].Shape, in[1].Shape, in[2].Shape, layout); err != nil {
		return nil, attr, err
	}
	q, k := in[0].Shape.Dimensions, in[1].Shape.Dimensions
	if attr.Scale == 0 {
		attr.Scale = float32(1 / math.Sqrt(float64(q[3])))
	}
	terms, err := f.scoreTerms([4]int{q[0], q[layout.HeadsAxis()], q[layout.SeqAxis()], k[layout.SeqAxis()]}, layout,
		options)
	if err != nil {
		return nil, attr, err
	}
	attr.Terms = len(terms)
	return append(in, terms...), attr, nil
}

// checkHeads returns an error unless query, key and value agree in batch, heads and width, and have
// a data type with attention kernels.
func checkHeads(q, k, v shapes.Shape, layout compute.AttentionAxesLayout) error {
	if d := q.DType; d != dtypes.Float32 && d != dtypes.BFloat16 && d != dtypes.Float16 {
		return errors.Wrapf(compute.ErrNotImplemented, "cpu: attention of %s", d)
	}
	if q.Rank() != 4 || k.Rank() != 4 || q.IsDynamic() || k.IsDynamic() {
		return errors.Wrapf(compute.ErrNotImplemented, "cpu: attention of %s and %s", q, k)
	}
	h := layout.HeadsAxis()
	if !k.Equal(v) || k.DType != q.DType || k.Dimensions[0] != q.Dimensions[0] || k.Dimensions[3] != q.Dimensions[3] ||
		k.Dimensions[h] == 0 || q.Dimensions[h]%k.Dimensions[h] != 0 {
		return errors.Errorf("cpu: attention: query, key and value are %s, %s and %s: must agree in batch and width, "+
			"and the query's heads be a multiple of the others'", q, k, v)
	}
	return nil
}
