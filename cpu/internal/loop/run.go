package loop

import "github.com/dino-go/dino/cpu/internal/program"

// run computes the rows of a task, tile after tile.
func (m *machine[T]) run(f *program.Frame, task int) {
	s := m.scratch.get(m.buffers, m.blockRows*m.Cols, len(m.regs))
	defer m.scratch.put(s)
	m.begin(f, s, task)
	end := min((task+1)*m.taskRows, m.Rows)
	for first := task * m.taskRows; first < end; first += m.blockRows {
		m.tile(f, s, task, first, min(m.blockRows, end-first))
	}
}

// begin loads and computes what is the same for all rows.
func (m *machine[T]) begin(f *program.Frame, s *scratch[T], task int) {
	for i := range m.loads {
		if m.regs[i].kind < row {
			s.regs[i] = m.loads[i].once(f, m.buffer(s, i))
		}
	}
	for i := range m.code {
		r := len(m.loads) + i
		if m.regs[r].kind < row {
			s.regs[r] = m.buffer(s, r)[:m.count(m.regs[r].kind, 0)]
			m.code[i].run(s, 1)
		}
	}
	for i := range m.stores {
		m.stores[i].begin(f, task)
	}
}

func (m *machine[T]) buffer(s *scratch[T], reg int) []T {
	if b := m.regs[reg].buffer; b >= 0 {
		return s.buffers[b]
	}
	return nil
}

// count is the number of elements of a register in a tile of so many rows.
func (m *machine[T]) count(k kind, rows int) int {
	switch k {
	case one:
		return 1
	case col:
		return m.Cols
	case row:
		return rows
	}
	return rows * m.Cols
}

func (m *machine[T]) tile(f *program.Frame, s *scratch[T], task, first, rows int) {
	for i := range m.loads {
		if m.regs[i].kind >= row {
			s.regs[i] = m.loads[i].tile(f, m.buffer(s, i), first, rows)
		}
	}
	for i := range m.code {
		if m.code[i].once {
			continue
		}
		r := len(m.loads) + i
		s.regs[r] = m.buffer(s, r)[:m.count(m.regs[r].kind, rows)]
	}
	n := rows * m.Cols
	for i := range m.stores {
		if st := &m.stores[i]; st.direct {
			s.regs[st.Reg] = program.View[T](f, st.Slot)[first*m.Cols : first*m.Cols+n]
		}
	}
	for i := range m.code {
		if !m.code[i].once {
			m.code[i].run(s, rows)
		}
	}
	for i := range m.stores {
		m.finish(f, s, &m.stores[i], task, first, rows)
	}
}

// spread returns a register as a slice of the given extent, copied into a spill buffer where it is
// smaller than that.
func (m *machine[T]) spread(s *scratch[T], reg int, to kind, rows, spill int) []T {
	x, from := s.regs[reg], m.regs[reg].kind
	if from == to || m.count(from, rows) == m.count(to, rows) &&
		(from == one || rows == 1 && from == col || m.Cols == 1 && from == row) {
		return x
	}
	dst := s.buffers[m.spill[spill]][:m.count(to, rows)]
	switch {
	case from == one:
		fill(dst, x[0])
	case from == col:
		for r := range rows {
			copy(dst[r*m.Cols:(r+1)*m.Cols], x)
		}
	case from == row:
		for r := range rows {
			fill(dst[r*m.Cols:(r+1)*m.Cols], x[r])
		}
	}
	return dst
}
