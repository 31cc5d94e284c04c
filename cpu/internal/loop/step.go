package loop

import (
	"github.com/gomlx/compute"
)

// extent is the kind of an instruction's result, from those of the registers before it.
func extent(in Instr, kinds []kind) kind {
	k := one
	for _, a := range in.Args {
		k = join(k, kinds[a])
	}
	if isReduction(in.Op) {
		if k == full || k == row {
			return row
		}
		return one
	}
	return k
}

// newStep prepares an instruction whose result is register r.
func (m *machine[T]) newStep(in Instr, r int) step[T] {
	k := m.regs[r].kind
	s := step[T]{once: k < row}
	wrap := wrapOf[T](in.DType)
	var run func(s *scratch[T], rows int)
	switch {
	case in.Op > compute.OpTypeLast:
		run = m.contracted(in, r)
	case isReduction(in.Op):
		run = m.reduction(in, r)
	case len(in.Args) == 1:
		apply, arg := unaryOf[T](in), in.Args[0]
		run = func(s *scratch[T], _ int) { apply(s.regs[r], s.regs[arg]) }
	case len(in.Args) == 2:
		run = m.binary(in, r)
	case in.Op == compute.OpTypeWhere:
		run = m.ternary(in, r, selectElements[T])
	default:
		run = m.ternary(in, r, clampElements[T])
	}
	s.run = run
	if wrap != nil {
		s.run = func(s *scratch[T], rows int) {
			run(s, rows)
			wrap(s.regs[r])
		}
	}
	return s
}

// binary picks the cheapest form that the extents of the operands allow.
func (m *machine[T]) binary(in Instr, r int) func(s *scratch[T], rows int) {
	op, a, b := binaryOf[T](in), in.Args[0], in.Args[1]
	ka, kb, k := m.regs[a].kind, m.regs[b].kind, m.regs[r].kind
	cols := m.Cols
	switch {
	case ka == k && kb == one && op.vs != nil:
		return func(s *scratch[T], _ int) { op.vs(s.regs[r], s.regs[a], s.regs[b][0]) }
	case kb == k && ka == one && op.sv != nil:
		return func(s *scratch[T], _ int) { op.sv(s.regs[r], s.regs[a][0], s.regs[b]) }
	case ka == full && kb == row && in.Op == compute.OpTypeDiv && op.inverse != nil:
		return func(s *scratch[T], rows int) {
			dst, x, y := s.regs[r], s.regs[a], s.regs[b]
			for i := range rows {
				op.inverse(dst[i*cols:(i+1)*cols], x[i*cols:(i+1)*cols], y[i])
			}
		}
	case ka == full && kb == row && op.vs != nil:
		return func(s *scratch[T], rows int) {
			dst, x, y := s.regs[r], s.regs[a], s.regs[b]
			for i := range rows {
				op.vs(dst[i*cols:(i+1)*cols], x[i*cols:(i+1)*cols], y[i])
			}
		}
	case ka == row && kb == full && op.sv != nil:
		return func(s *scratch[T], rows int) {
			dst, x, y := s.regs[r], s.regs[a], s.regs[b]
			for i := range rows {
				op.sv(dst[i*cols:(i+1)*cols], x[i], y[i*cols:(i+1)*cols])
			}
		}
	case ka == full && kb == col:
		return func(s *scratch[T], rows int) {
			dst, x, y := s.regs[r], s.regs[a], s.regs[b]
			for i := range rows {
				op.vv(dst[i*cols:(i+1)*cols], x[i*cols:(i+1)*cols], y)
			}
		}
	case ka == col && kb == full:
		return func(s *scratch[T], rows int) {
			dst, x, y := s.regs[r], s.regs[a], s.regs[b]
			for i := range rows {
				op.vv(dst[i*cols:(i+1)*cols], x, y[i*cols:(i+1)*cols])
			}
		}
	}
	return func(s *scratch[T], rows int) {
		op.vv(s.regs[r], m.spread(s, a, k, rows, 0), m.spread(s, b, k, rows, 1))
	}
}

func (m *machine[T]) ternary(in Instr, r int, apply func(dst, a, b, c []T)) func(s *scratch[T], rows int) {
	k := m.regs[r].kind
	a, b, c := in.Args[0], in.Args[1], in.Args[2]
	if in.Op == compute.OpTypeWhere && m.regs[a].kind == one && m.regs[b].kind == k && m.regs[c].kind == k {
		return func(s *scratch[T], _ int) {
			if s.regs[a][0] != 0 {
				copy(s.regs[r], s.regs[b])
			} else {
				copy(s.regs[r], s.regs[c])
			}
		}
	}
	return func(s *scratch[T], rows int) {
		apply(s.regs[r], m.spread(s, a, k, rows, 0), m.spread(s, b, k, rows, 1), m.spread(s, c, k, rows, 2))
	}
}

// reduction reduces each row to a number.
func (m *machine[T]) reduction(in Instr, r int) func(s *scratch[T], rows int) {
	reduce, arg, cols := reduceOf[T](in.Op), in.Args[0], m.Cols
	if k := m.regs[arg].kind; k == one || k == col {
		return func(s *scratch[T], _ int) { s.regs[r][0] = reduce(m.spread(s, arg, col, 1, 0)) }
	}
	return func(s *scratch[T], rows int) {
		dst, x := s.regs[r], m.spread(s, arg, full, rows, 0)
		for i := range rows {
			dst[i] = reduce(x[i*cols : (i+1)*cols])
		}
	}
}

// selectElements is a ≠ 0 ? b : c.
func selectElements[T Number](dst, a, b, c []T) {
	for i := range dst {
		if a[i] != 0 {
			dst[i] = b[i]
		} else {
			dst[i] = c[i]
		}
	}
}

// clampElements bounds b by a from below and by c from above.
func clampElements[T Number](dst, a, b, c []T) {
	for i := range dst {
		dst[i] = min(max(b[i], a[i]), c[i])
	}
}
