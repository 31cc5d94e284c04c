package loop

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"

	"github.com/dino-go/dino/cpu/internal/vec"
)

// Operations that instructions are fused to. Graphs do not have them.
const (
	opDot    = compute.OpTypeLast + 1 + iota // row: Σ a·b
	opMulAdd                                 // a·s + b, s being a row or a single number
	opMulDiv                                 // a·b/s, s being a row
	opAffine                                 // a/s·w + b, s being a row, w and b columns
)

// contract fuses float32 instructions where only the last of their results is used, so that tiles
// are passed over less often:
//
//	ReduceSum(Mul(a, b))            →  Dot(a, b)
//	ReduceSum(Mul(a, Div(b, row)))  →  Div(Dot(a, b), row)
//	ReduceSum(Neg(x))               →  Neg(ReduceSum(x)), on rows
//	Add(Mul(a, row or number), b)   →  MulAdd
//	Mul(a, Div(b, row))             →  MulDiv
//	Add(Mul(Div(a, row), col), col) →  Affine
//
// Layer norm, its gradient and the moments of an optimizer are made of these.
func contract(l *Loop) *Loop {
	l = withoutRedundantConversions(l)
	c := &contraction{old: l, loads: len(l.Loads), now: map[int]int{}}
	c.out = Loop{Rows: l.Rows, Cols: l.Cols, Loads: l.Loads}
	c.kinds = kindsOf(l)
	c.users = make([][]int, len(c.kinds))
	for i, in := range l.Code {
		for _, a := range in.Args {
			c.users[a] = append(c.users[a], i)
		}
	}
	for _, s := range l.Stores {
		c.users[s.Reg] = append(c.users[s.Reg], -1)
	}
	for i, in := range l.Code {
		c.now[c.loads+i] = c.instruction(in)
	}
	for _, s := range l.Stores {
		s.Reg = c.at(s.Reg)
		c.out.Stores = append(c.out.Stores, s)
	}
	return dropUnused(&c.out)
}

// InFloat32 tells whether loops compute a data type in float32: float32 itself, bfloat16 and
// float16.
func InFloat32(d dtypes.DType) bool {
	class, _ := ClassOf(d)
	return class == F32
}

// contraction is the state of fusing the instructions of a loop.
type contraction struct {
	old   *Loop
	loads int
	kinds []kind
	users [][]int // positions of the instructions that use each register; −1 stands for a store
	out   Loop
	now   map[int]int // of the old registers that are instructions
}

// at is the new number of a register.
func (c *contraction) at(reg int) int {
	if reg < c.loads {
		return reg
	}
	return c.now[reg]
}

// emit adds an instruction on old registers.
func (c *contraction) emit(like Instr, op compute.OpType, args ...int) int {
	now := make([]int, len(args))
	for i, a := range args {
		now[i] = c.at(a)
	}
	return c.emitNow(like, op, now...)
}

// emitNow adds an instruction on new registers.
func (c *contraction) emitNow(like Instr, op compute.OpType, args ...int) int {
	c.out.Code = append(c.out.Code, Instr{Op: op, Args: args, DType: like.DType, Source: like.Source})
	return c.loads + len(c.out.Code) - 1
}

// part returns the arguments of the instruction behind a register if it is the given operation and
// nothing else uses it.
func (c *contraction) part(reg int, op compute.OpType) []int {
	if reg < c.loads || len(c.users[reg]) != 1 || c.old.Code[reg-c.loads].Op != op {
		return nil
	}
	return c.old.Code[reg-c.loads].Args
}

// quotient is part for the quotient of a full tile and one number per row.
func (c *contraction) quotient(reg int) []int {
	if args := c.part(reg, compute.OpTypeDiv); args != nil && c.kinds[args[0]] == full && c.kinds[args[1]] == row {
		return args
	}
	return nil
}

// instruction translates an instruction and returns the register of its result.
func (c *contraction) instruction(in Instr) int {
	switch in.Op {
	case compute.OpTypeReduceSum:
		if c.kinds[in.Args[0]] == full {
			return c.sum(in)
		}
	case compute.OpTypeAdd:
		for j := range in.Args {
			if r, ok := c.add(in, in.Args[j], in.Args[1-j]); ok {
				return r
			}
		}
	case compute.OpTypeMul:
		for j, a := range in.Args {
			if q := c.quotient(in.Args[1-j]); q != nil && c.kinds[a] == full {
				return c.emit(in, opMulDiv, a, q[0], q[1])
			}
		}
	}
	return c.emit(in, in.Op, in.Args...)
}

// sum translates the sum of each row.
func (c *contraction) sum(in Instr) int {
	x, negative := in.Args[0], false
	if neg := c.part(x, compute.OpTypeNeg); neg != nil {
		x, negative = neg[0], true
	}
	result, divisor := -1, -1
	if m := c.part(x, compute.OpTypeMul); m != nil {
		a, b := m[0], m[1]
		if q := c.quotient(b); q != nil && a != b {
			b, divisor = q[0], q[1]
		} else if q := c.quotient(a); q != nil && a != b {
			a, divisor = q[0], q[1]
		}
		if c.kinds[a] == full && c.kinds[b] == full {
			result = c.emit(in, opDot, a, b)
			if divisor >= 0 {
				result = c.emitNow(in, compute.OpTypeDiv, result, c.at(divisor))
			}
		}
	}
	if result < 0 {
		result = c.emit(in, in.Op, x)
	}
	if negative {
		result = c.emitNow(in, compute.OpTypeNeg, result)
	}
	return result
}

// add translates a sum whose first operand is a product.
func (c *contraction) add(in Instr, x, y int) (int, bool) {
	if x < c.loads || c.old.Code[x-c.loads].Op != compute.OpTypeMul {
		return 0, false
	}
	m := c.old.Code[x-c.loads].Args
	for i, a := range m {
		b := m[1-i]
		switch {
		case (c.kinds[b] == one || c.kinds[b] == row) && c.kinds[a] == full && c.kinds[y] == full && c.onlyAdded(x):
			return c.emit(in, opMulAdd, a, y, b), true
		case c.kinds[b] == col && c.kinds[y] == col && len(c.users[x]) == 1:
			if q := c.quotient(a); q != nil {
				return c.emit(in, opAffine, q[0], b, y, q[1]), true
			}
		}
	}
	return 0, false
}

// onlyAdded tells whether all users of a product are sums of tiles, each of which then becomes a
// MulAdd.
func (c *contraction) onlyAdded(x int) bool {
	for _, u := range c.users[x] {
		if u < 0 || c.old.Code[u].Op != compute.OpTypeAdd {
			return false
		}
		args := c.old.Code[u].Args
		if c.kinds[args[0]] != full || c.kinds[args[1]] != full || args[0] == args[1] {
			return false
		}
	}
	return true
}

// dropUnused is dead-code elimination: it removes the instructions whose results are not used.
func dropUnused(l *Loop) *Loop {
	loads := len(l.Loads)
	used := make([]bool, loads+len(l.Code))
	for _, s := range l.Stores {
		used[s.Reg] = true
	}
	for i := len(l.Code) - 1; i >= 0; i-- {
		if used[loads+i] {
			for _, a := range l.Code[i].Args {
				used[a] = true
			}
		}
	}
	now := make([]int, len(used))
	for i := range loads {
		now[i] = i
	}
	var code []Instr
	for i, in := range l.Code {
		if !used[loads+i] {
			continue
		}
		for j, a := range in.Args {
			in.Args[j] = now[a]
		}
		now[loads+i] = loads + len(code)
		code = append(code, in)
	}
	l.Code = code
	for i := range l.Stores {
		l.Stores[i].Reg = now[l.Stores[i].Reg]
	}
	return l
}

// kindsOf finds the extent of every register.
func kindsOf(l *Loop) []kind {
	var kinds []kind
	for i := range l.Loads {
		kinds = append(kinds, extentOf(l.Loads[i].View.Collapse(), l))
	}
	for _, in := range l.Code {
		kinds = append(kinds, extent(in, kinds))
	}
	return kinds
}

// contracted returns the step of an instruction that several have become, or nil.
func (m *machine[T]) contracted(in Instr, r int) func(s *scratch[T], rows int) {
	run, _ := any(contracted32(in, r, m.Cols, m.regs)).(func(s *scratch[T], rows int))
	return run
}

func contracted32(in Instr, r, cols int, regs []register) func(s *scratch[float32], rows int) {
	a := in.Args
	each := func(do func(s *scratch[float32], i, lo, hi int)) func(s *scratch[float32], rows int) {
		return func(s *scratch[float32], rows int) {
			for i := range rows {
				do(s, i, i*cols, (i+1)*cols)
			}
		}
	}
	switch in.Op {
	case opDot:
		return each(func(s *scratch[float32], i, lo, hi int) {
			s.regs[r][i] = vec.Dot(s.regs[a[0]][lo:hi], s.regs[a[1]][lo:hi])
		})
	case opMulAdd:
		if regs[a[2]].kind == one {
			return func(s *scratch[float32],
				_ int,
			) {
				vec.MulAdd(s.regs[r], s.regs[a[0]], s.regs[a[1]], s.regs[a[2]][0])
			}
		}
		return each(func(s *scratch[float32], i, lo, hi int) {
			vec.MulAdd(s.regs[r][lo:hi], s.regs[a[0]][lo:hi], s.regs[a[1]][lo:hi], s.regs[a[2]][i])
		})
	case opMulDiv:
		return each(func(s *scratch[float32], i, lo, hi int) {
			dst, x, y, by := s.regs[r][lo:hi], s.regs[a[0]][lo:hi], s.regs[a[1]][lo:hi], s.regs[a[2]][i]
			if invertible(by) {
				vec.MulScale(dst, x, y, 1/by)
				return
			}
			for j := range dst {
				dst[j] = x[j] * (y[j] / by)
			}
		})
	case opAffine:
		return each(func(s *scratch[float32], i, lo, hi int) {
			dst, x, by := s.regs[r][lo:hi], s.regs[a[0]][lo:hi], s.regs[a[3]][i]
			w, b := s.regs[a[1]], s.regs[a[2]]
			if invertible(by) {
				vec.Affine(dst, x, w, b, 1/by)
				return
			}
			for j := range dst {
				dst[j] = x[j]/by*w[j] + b[j]
			}
		})
	}
	return nil
}
