package lower

import (
	"math"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/dino-go/dino/cpu/internal/gemm"
	"github.com/dino-go/dino/cpu/internal/graph"
	"github.com/dino-go/dino/cpu/internal/parallel"
	"github.com/dino-go/dino/cpu/internal/program"
	"github.com/dino-go/dino/cpu/internal/spare"
	"github.com/dino-go/dino/cpu/internal/vec"
	"github.com/dino-go/dino/cpu/internal/view"
)

const (
	// tileScores bounds the scores that exist at a time, in one task: a tile of 200 × 197 takes 154
	// KiB, which the second-level cache holds beside keys and values of a head.
	tileScores = 1 << 16
	// taskQueries is the number of queries, at least, for which the keys and values of a head are
	// packed.
	taskQueries = 256
)

// tileQueries is the number of queries in a tile; it depends on the number of keys alone.
func tileQueries(keys int) int { return max(tileScores/max(keys, 1)&^7, 8) }

// attention computes softmax(scale·q·kᵀ + terms)·v head by head, some queries at a time, so the
// scores of all queries of a head never exist at the same time, where there are many. Beside the
// result it keeps the logarithm of each query's denominator, [batch, heads, queries], for the
// gradient.
func attention(l *lowering, n *graph.Node) error {
	switch n.Inputs[0].Shape.DType {
	case dtypes.Float32:
		return attentionAs[float32](l, n, gemm.F32)
	case dtypes.BFloat16:
		return attentionAs[uint16](l, n, gemm.BF16)
	}
	return unsupported(n.Inputs[0])
}

// heads is a tensor of heads in memory, whatever the order of its axes: matrices [tokens, width],
// one for each head of each image.
type heads struct {
	slot, at                     int
	batch, heads, tokens, width  int
	byBatch, byHead, byToken, by int // strides
}

func (l *lowering) heads(v *graph.Value, layout compute.AttentionAxesLayout) heads {
	at := l.view(v)
	if at.view.Backwards() {
		at = place{l.dense(v), view.Of(v.Shape.Dimensions)}
	}
	return headsOf(at, layout)
}

func headsOf(at place, layout compute.AttentionAxesLayout) heads {
	h, s := layout.HeadsAxis(), layout.SeqAxis()
	d, st := at.view.Dims, at.view.Strides
	all := heads{at.slot, at.view.Offset, d[0], d[h], d[s], d[3], st[0], st[h], st[s], st[3]}
	if at.view.Size() == 0 { // there is no memory that the second head could begin in
		all.byBatch, all.byHead = 0, 0
	}
	return all
}

// outHeads makes the slot of a result. Whatever order its axes have, tokens come before heads in
// memory, as the products that follow an attention read it; results of the program lie in the order
// of their axes, and parts of a concatenation in that.
func (l *lowering) outHeads(v *graph.Value, layout compute.AttentionAxesLayout) int {
	if at, ok := l.part(v); ok && at.view.Strides[3] == 1 {
		l.places[v] = at
		return at.slot
	}
	slot := l.out(v)
	if _, ok := l.result[v]; !ok && layout == compute.AttentionAxesLayoutBHSD {
		d := v.Shape.Dimensions
		l.places[v] = place{slot, view.Of([]int{d[0], d[2], d[1], d[3]}).Transpose([]int{0, 2, 1, 3})}
	}
	return slot
}

// start is where the matrix of a head begins.
func (h *heads) start(batch, head int) int { return h.at + batch*h.byBatch + head*h.byHead }

// rows is the matrix of a head from token `first` on, as an operand; cols is its transpose.
func rows[T gemm.Element](f *program.Frame, h *heads, batch, head, first int) gemm.Operand[T] {
	return gemm.Operand[T]{
		Data:      program.View[T](f, h.slot)[h.start(batch, head)+first*h.byToken:],
		RowStride: h.byToken, ColStride: h.by,
	}
}

func transposed[T gemm.Element](o gemm.Operand[T]) gemm.Operand[T] {
	o.RowStride, o.ColStride = o.ColStride, o.RowStride
	return o
}

// target is the same matrix as a result; its columns must be adjacent.
func target[T gemm.Element](f *program.Frame, h *heads, batch, head, first int) gemm.View {
	at := h.start(batch, head) + first*h.byToken
	if isNarrow[T]() {
		return gemm.View{BF16: program.View[uint16](f, h.slot)[at:], RowStride: h.byToken}
	}
	return gemm.View{F32: program.View[float32](f, h.slot)[at:], RowStride: h.byToken}
}

// isNarrow tells whether T holds bfloat16.
func isNarrow[T gemm.Element]() bool {
	var z T
	_, ok := any(z).(uint16)
	return ok
}

// scorer computes tiles of scores, for attention and its gradient.
type scorer[T gemm.Element] struct {
	run   func(*parallel.Pool, *gemm.Product[T])
	q, k  heads
	group int // query heads that share a key head
	scale float32
	terms []term
	attr  graph.Attention
	pool  spare.Stack[tiles[T]]
}

// term is an addend of the scores.
type term struct {
	slot  int
	view  view.View
	dtype dtypes.DType
}

func newScorer[T gemm.Element](l *lowering, n *graph.Node, run func(*parallel.Pool, *gemm.Product[T])) *scorer[T] {
	attr := n.Attr.(graph.Attention)
	s := &scorer[T]{
		run: run, attr: attr, scale: attr.Scale, q: l.heads(n.Inputs[0], attr.Layout),
		k: l.heads(n.Inputs[1], attr.Layout),
	}
	s.pool.New = newTiles[T]
	s.group = s.q.heads / s.k.heads
	for _, v := range n.Inputs[3 : 3+attr.Terms] {
		at := l.view(v)
		s.terms = append(s.terms, term{at.slot, at.view, v.Shape.DType})
	}
	return s
}

// reads lists the slots of all inputs.
func (s *scorer[T]) reads(more ...int) []int {
	list := append([]int{s.q.slot, s.k.slot}, more...)
	for _, t := range s.terms {
		list = append(list, t.slot)
	}
	return list
}

// tiles is the scratch memory of one task.
type tiles[T gemm.Element] struct {
	scores, gradient         []float32 // [queries, keys]
	narrowScores, narrowGrad []T       // the same as bfloat16
	keyGradient, valGradient []float32 // [keys, width]
	sums, inverse            []float32 // of each query's exponentials: their sum and its inverse
	keys, values, keyRows    gemm.Packed[T]
	product                  gemm.Product[T]
	divide                   func(gemm.Tile) // divideRows, bound once
}

func newTiles[T gemm.Element]() *tiles[T] {
	t := &tiles[T]{}
	t.divide = t.divideRows
	return t
}

// divideRows divides each row of a result by its query's sum.
func (t *tiles[T]) divideRows(r gemm.Tile) {
	for i := range r.Rows {
		row := r.Data[i*r.Stride : i*r.Stride+r.Cols]
		vec.MulScalar(row, row, t.inverse[r.Row+i])
	}
}

// grown returns a slice of n elements, b itself where it is long enough.
func grown[E any](b []E, n int) []E {
	if cap(b) < n {
		return make([]E, n)
	}
	return b[:n]
}

// multiply runs a product on the calling goroutine.
func (s *scorer[T]) multiply(t *tiles[T], p gemm.Product[T]) {
	t.product = p
	s.run(nil, &t.product)
}

// factor is the number by which the scores of a tile remain to be multiplied: the scale, if no
// terms are added to them, else 1.
func (s *scorer[T]) factor() float32 {
	if len(s.terms) > 0 || s.scale <= 0 {
		return 1
	}
	return s.scale
}

// open packs the keys of a head for the tiles that follow.
func (s *scorer[T]) open(f *program.Frame, t *tiles[T], batch, head int) {
	t.keys.Refill(transposed(rows[T](f, &s.k, batch, head/s.group, 0)), s.k.width, s.k.tokens, 1)
}

// tile fills t.scores with the scores of queries [first, first+count) of the head whose keys are
// packed.
func (s *scorer[T]) tile(f *program.Frame, t *tiles[T], batch, head, first, count int) {
	keys := s.k.tokens
	t.scores = grown(t.scores, count*keys)
	var e gemm.Epilogue
	if s.factor() != s.scale {
		e.Scale = s.scale
	}
	s.multiply(t, gemm.Product[T]{
		M: count, N: keys, K: s.q.width, A: rows[T](f, &s.q, batch, head, first), Packed: &t.keys,
		C: gemm.View{F32: t.scores, RowStride: keys}, Epilogue: e,
	})
	for i := range count {
		row := t.scores[i*keys : (i+1)*keys]
		for j := range s.terms {
			s.terms[j].add(f, row, batch, head, first+i)
		}
		if s.attr.Causal {
			for j := first + i + 1; j < keys; j++ {
				row[j] = negInf
			}
		}
	}
}

var negInf = float32(math.Inf(-1))

// add adds a row of the term.
func (t *term) add(f *program.Frame, row []float32, batch, head, query int) {
	st := t.view.Strides
	at := t.view.Offset + batch*st[0] + head*st[1] + query*st[2]
	switch t.dtype {
	case dtypes.Bool:
		mask := f.Bytes(t.slot)
		for j := range row {
			if mask[at+j*st[3]] == 0 {
				row[j] = negInf
			}
		}
	case dtypes.Float32:
		x := program.View[float32](f, t.slot)
		for j := range row {
			row[j] += x[at+j*st[3]]
		}
	case dtypes.BFloat16:
		x := program.View[uint16](f, t.slot)
		for j := range row {
			row[j] += math.Float32frombits(uint32(x[at+j*st[3]]) << 16)
		}
	}
}

// narrowed returns the memory for a tile in the type of the next product's operands: the tile
// itself if that is float32.
func narrowed[T gemm.Element](tile []float32, narrow *[]T) []T {
	if same, ok := any(tile).([]T); ok {
		return same
	}
	*narrow = grown(*narrow, len(tile))
	return *narrow
}

// operand is a tile [count, keys] as an input of a product.
func (s *scorer[T]) operand(tile []T) gemm.Operand[T] {
	return gemm.Operand[T]{Data: tile, RowStride: s.k.tokens, ColStride: 1}
}

func attentionAs[T gemm.Element](l *lowering, n *graph.Node, run func(*parallel.Pool, *gemm.Product[T])) error {
	s := newScorer(l, n, run)
	v := l.heads(n.Inputs[2], s.attr.Layout)
	slot, lse := l.outHeads(n.Outputs[0], s.attr.Layout), l.out(n.Outputs[1])
	out := headsOf(l.places[n.Outputs[0]], s.attr.Layout)
	each := tileQueries(s.k.tokens)
	perTask := (taskQueries + each - 1) / each * each
	tasks := (s.q.tokens + perTask - 1) / perTask
	l.simple("attention", s.q.batch*s.q.heads*tasks, s.reads(v.slot), []int{slot, lse},
		func(f *program.Frame, task int) {
			t := s.pool.Get()
			defer s.pool.Put(t)
			head := task / tasks
			batch, h := head/s.q.heads, head%s.q.heads
			denominators := program.View[float32](f, lse)[head*s.q.tokens:]
			s.open(f, t, batch, h)
			t.values.Refill(rows[T](f, &v, batch, h/s.group, 0), s.k.tokens, v.width, 1)
			end := min((task%tasks+1)*perTask, s.q.tokens)
			for first := task % tasks * perTask; first < end; first += each {
				count := min(each, end-first)
				s.tile(f, t, batch, h, first, count)
				s.multiply(t, gemm.Product[T]{
					M: count, N: v.width, K: s.k.tokens, A: s.operand(s.softmax(t, count, denominators[first:])),
					Packed: &t.values,
					C:      target[T](f, &out, batch, h, first), Epilogue: gemm.Epilogue{Then: t.divide},
				})
			}
		})
	return nil
}

// softmax returns the exponentials of a tile of scores, shifted by the largest of each query. It
// leaves the inverse of their sums in t, and the logarithm of the denominators in lse; a query
// whose keys are all masked gets zeros and −∞.
func (s *scorer[T]) softmax(t *tiles[T], count int, lse []float32) []T {
	keys, factor := s.k.tokens, s.factor()
	p := narrowed(t.scores, &t.narrowScores)
	t.sums, t.inverse = grown(t.sums, count), grown(t.inverse, count)
	for i := range count {
		x, e := t.scores[i*keys:(i+1)*keys], p[i*keys:(i+1)*keys]
		top := vec.MaxOf(x) * factor
		if top == negInf {
			clear(e)
			lse[i], t.sums[i] = negInf, 1
			continue
		}
		lse[i], t.sums[i] = top, exponentials(e, x, factor, top)
	}
	vec.Log(t.inverse, t.sums)
	vec.Add(lse[:count], lse[:count], t.inverse)
	vec.ScalarDiv(t.inverse, t.sums, 1)
	return p
}

// exponentials is dst[i] = exp(scale·x[i] − shift), and returns their sum.
func exponentials[T gemm.Element](dst []T, x []float32, scale, shift float32) float32 {
	if narrow, ok := any(dst).([]uint16); ok {
		return vec.ExpShiftBF16(narrow, x, scale, shift)
	}
	return vec.ExpShift(any(dst).([]float32), x, scale, shift)
}
