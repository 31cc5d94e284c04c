package lower

import (
	"github.com/gomlx/compute/dtypes"

	"github.com/dino-go/dino/cpu/internal/gemm"
	"github.com/dino-go/dino/cpu/internal/graph"
	"github.com/dino-go/dino/cpu/internal/parallel"
	"github.com/dino-go/dino/cpu/internal/program"
	"github.com/dino-go/dino/cpu/internal/vec"
)

// attentionGradient is the gradient of [attention] for query, key and value (Dao et al. 2022,
// "FlashAttention", appendix B.2). Inputs: query, key, value, the terms, the forward result, its
// log-denominators, and the gradient of the result. With P the probabilities, computed again a tile
// of queries at a time, dP = dO·Vᵀ, rounded where the graph says so, and D = Σ P∘dP over the keys,
// which is Σ dO∘O over the width:
//
//	dV = Pᵀ·dO;  dS = scale·P∘(dP − D);  dQ = dS·K;  dK = dSᵀ·Q.
//
// The log-denominator is rounded in proportion to its size, which multiplies all of a query's P by
// one factor 1 + ε. Where nearly all of a query's probability is on one key, dP − D is a difference
// of nearly equal numbers, and ε would be most of it; so dS is computed with P divided by its sum.
func attentionGradient(l *lowering, n *graph.Node) error {
	switch n.Inputs[0].Shape.DType {
	case dtypes.Float32:
		return attentionGradientAs[float32](l, n, gemm.F32)
	case dtypes.BFloat16:
		return attentionGradientAs[uint16](l, n, gemm.BF16)
	}
	return unsupported(n.Inputs[0])
}

// backward is the gradient's kernel.
type backward[T gemm.Element] struct {
	*scorer[T]
	v, do      heads
	dq, dk, dv heads
	lse        int
	single     bool          // one tile has all queries of a key head: its products are the results
	how        gemm.Epilogue // of dP
}

func attentionGradientAs[T gemm.Element](l *lowering, n *graph.Node, run func(*parallel.Pool, *gemm.Product[T])) error {
	s := newScorer(l, n, run)
	b := &backward[T]{scorer: s, v: l.heads(n.Inputs[2], s.attr.Layout)}
	rest := n.Inputs[3+s.attr.Terms:]
	b.lse, b.do = l.dense(rest[1]), l.heads(rest[2], s.attr.Layout)
	b.how = rounding(s.attr.Rounded)
	b.single = b.group == 1 && b.q.tokens > 0 && b.q.tokens <= tileQueries(b.k.tokens)
	var outs []int
	for i, h := range []*heads{&b.dq, &b.dk, &b.dv} {
		outs = append(outs, l.outHeads(n.Outputs[i], s.attr.Layout))
		*h = headsOf(l.places[n.Outputs[i]], s.attr.Layout)
	}
	// Query heads that share a key head also share its gradient: they are one task.
	l.simple("attention gradient", s.k.batch*s.k.heads, s.reads(b.v.slot, b.lse, b.do.slot), outs,
		func(f *program.Frame, task int) {
			t := s.pool.Get()
			defer s.pool.Put(t)
			b.head(f, t, task/s.k.heads, task%s.k.heads)
		})
	return nil
}

// head computes the gradients of one key head and the query heads that use it.
func (b *backward[T]) head(f *program.Frame, t *tiles[T], batch, keyHead int) {
	b.open(f, t, batch, keyHead*b.group)
	t.values.Refill(transposed(rows[T](f, &b.v, batch, keyHead, 0)), b.v.width, b.k.tokens, 1)
	t.keyRows.Refill(rows[T](f, &b.k, batch, keyHead, 0), b.k.tokens, b.k.width, 1)
	if b.single {
		b.block(f, t, batch, keyHead, 0, b.q.tokens, sums{
			dk: target[T](f, &b.dk, batch, keyHead, 0), dv: target[T](f, &b.dv, batch, keyHead, 0),
		})
		return
	}
	t.keyGradient, t.valGradient = grown(t.keyGradient, b.k.tokens*b.k.width),
		grown(t.valGradient, b.k.tokens*b.v.width)
	clear(t.keyGradient)
	clear(t.valGradient)
	to := sums{
		dk:  gemm.View{F32: t.keyGradient, RowStride: b.k.width},
		dv:  gemm.View{F32: t.valGradient, RowStride: b.v.width},
		how: gemm.Epilogue{Accumulate: true},
	}
	each := tileQueries(b.k.tokens)
	for h := keyHead * b.group; h < (keyHead+1)*b.group; h++ {
		for first := 0; first < b.q.tokens; first += each {
			b.block(f, t, batch, h, first, min(each, b.q.tokens-first), to)
		}
	}
	storeRows[T](f, &b.dk, batch, keyHead, t.keyGradient)
	storeRows[T](f, &b.dv, batch, keyHead, t.valGradient)
}

// sums is where the gradients of keys and values are added up, and how.
type sums struct {
	dk, dv gemm.View
	how    gemm.Epilogue
}

// block adds what count queries from `first` on contribute.
func (b *backward[T]) block(f *program.Frame, t *tiles[T], batch, h, first, count int, to sums) {
	keys := b.k.tokens
	b.tile(f, t, batch, h, first, count)
	lse := program.View[float32](f, b.lse)[(batch*b.q.heads+h)*b.q.tokens+first:]
	p := narrowed(t.scores, &t.narrowScores)
	t.sums = grown(t.sums, count)
	for i := range count {
		row := p[i*keys : (i+1)*keys]
		if lse[i] == negInf { // all keys are masked
			clear(row)
			t.sums[i] = 1
			continue
		}
		scores := t.scores[i*keys : (i+1)*keys]
		t.sums[i] = exponentials(row, scores, b.factor(), lse[i])
		if narrow, ok := any(row).([]uint16); ok { // the scores are not needed any more
			vec.FromBF16(scores, narrow)
			t.sums[i] = vec.Sum(scores)
		}
	}
	do := rows[T](f, &b.do, batch, h, first)
	b.multiply(t, gemm.Product[T]{
		M: keys, N: b.v.width, K: count, A: transposed(b.operand(p)), B: do, C: to.dv,
		Epilogue: to.how,
	})

	t.gradient = grown(t.gradient, count*keys)
	b.multiply(t, gemm.Product[T]{
		M: count, N: keys, K: b.v.width, A: do, Packed: &t.values, C: gemm.View{F32: t.gradient, RowStride: keys},
		Epilogue: b.how,
	})
	ds := narrowed(t.gradient, &t.narrowGrad)
	for i := range count {
		at := i * keys
		softmaxGradient(ds[at:at+keys], t.gradient[at:at+keys], p[at:at+keys], t.sums[i], b.scale)
	}
	b.multiply(t, gemm.Product[T]{
		M: count, N: b.q.width, K: keys, A: b.operand(ds), Packed: &t.keyRows,
		C: target[T](f, &b.dq, batch, h, first),
	})
	q := rows[T](f, &b.q, batch, h, first)
	b.multiply(t, gemm.Product[T]{
		M: keys, N: b.q.width, K: count, A: transposed(b.operand(ds)), B: q, C: to.dk,
		Epilogue: to.how,
	})
}

// softmaxGradient is dst[i] = (dp[i] − Σ dp·p/sum)·p[i]/sum·scale, where sum is that of p as it is,
// 1 but for rounding: with the sum from before p was rounded to bfloat16 the weights p/sum do not
// add up to 1, and where one key has nearly all the weight, 2⁻⁹·dp stays where dp should cancel.
func softmaxGradient[T gemm.Element](dst []T, dp []float32, p []T, sum, scale float32) {
	if narrow, ok := any(p).([]uint16); ok {
		vec.SoftmaxGradBF16(any(dst).([]uint16), dp, narrow, sum, scale)
		return
	}
	vec.SoftmaxGrad(any(dst).([]float32), dp, any(p).([]float32), sum, scale)
}

// storeRows writes a matrix [tokens, width] as the matrix of a head.
func storeRows[T gemm.Element](f *program.Frame, h *heads, batch, head int, x []float32) {
	for i := range h.tokens {
		row := x[i*h.width : (i+1)*h.width]
		at := h.start(batch, head) + i*h.byToken
		if isNarrow[T]() {
			vec.ToBF16(program.View[uint16](f, h.slot)[at:at+h.width], row)
		} else {
			copy(program.View[float32](f, h.slot)[at:at+h.width], row)
		}
	}
}
