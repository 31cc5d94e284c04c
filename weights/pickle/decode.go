package pickle

import (
	"errors"
	"fmt"
)

// Options say what a pickle may do.
type Options struct {
	// Find returns what a pickle calls module.name: usually a [Function]. An error refuses it.
	Find func(module, name string) (any, error)
	// Persistent returns the value of a persistent id; nil refuses all.
	Persistent func(id any) (any, error)
	// Memory is the number of bytes that the values may take.
	Memory int64
}

// Decode reads the pickle at the beginning of data. It returns its value and the
// number of bytes it has.
func Decode(data []byte, o Options) (any, int, error) {
	m := &machine{data: data, options: o, left: o.Memory, memo: map[uint32]any{}}
	for {
		at := m.pos
		done, err := m.step()
		if err != nil {
			return nil, 0, fmt.Errorf("pickle: byte %d: %w", at, err)
		}
		if !done {
			continue
		}
		if len(m.stack) != 1 {
			return nil, 0, fmt.Errorf("pickle: byte %d: ends with %d values, want one", at, len(m.stack))
		}
		return m.stack[0], m.pos, nil
	}
}

// machine is the stack machine whose program a pickle is.
type machine struct {
	data    []byte
	pos     int
	options Options
	left    int64 // bytes that values may still take
	stack   []any
	marks   []int // heights of the stack at open marks
	memo    map[uint32]any
}

// Estimates of what values cost, in bytes: with what the runtime adds to them.
const (
	costValue  = 32  // a place on the stack or in a container, and a boxed scalar
	costObject = 96  // an empty container
	costItem   = 128 // an entry of a dict or of the memo
)

var errMemory = errors.New("its values take more memory than a file of this size may use")

func (m *machine) charge(bytes int64) error {
	if m.left -= bytes; m.left < 0 {
		return errMemory
	}
	return nil
}

func (m *machine) push(value any, cost int64) error {
	if err := m.charge(cost + costValue); err != nil {
		return err
	}
	m.stack = append(m.stack, value)
	return nil
}

var errStack = errors.New("takes a value from an empty stack")

// floor is the height of the stack above which values may be taken.
func (m *machine) floor() int {
	if len(m.marks) == 0 {
		return 0
	}
	return m.marks[len(m.marks)-1]
}

func (m *machine) pop() (any, error) {
	top := len(m.stack) - 1
	if top < m.floor() {
		return nil, errStack
	}
	value := m.stack[top]
	m.stack[top] = nil
	m.stack = m.stack[:top]
	return value, nil
}

func (m *machine) top() (any, error) {
	if len(m.stack) <= m.floor() {
		return nil, errStack
	}
	return m.stack[len(m.stack)-1], nil
}

// popMark takes everything above the last mark. The result is valid until the
// next push.
func (m *machine) popMark() ([]any, error) {
	if len(m.marks) == 0 {
		return nil, errors.New("goes back to a mark, and none is set")
	}
	at := m.floor()
	m.marks = m.marks[:len(m.marks)-1]
	values := m.stack[at:]
	m.stack = m.stack[:at]
	return values, nil
}

var errEnd = errors.New("ends in the middle; cut off or damaged")

func (m *machine) take(n uint64) ([]byte, error) {
	if n > uint64(len(m.data)-m.pos) {
		return nil, errEnd
	}
	b := m.data[m.pos : m.pos+int(n)]
	m.pos += int(n)
	return b, nil
}

// uint reads a little-endian number of n bytes.
func (m *machine) uint(n int) (uint64, error) {
	b, err := m.take(uint64(n))
	var v uint64
	for i := len(b) - 1; i >= 0; i-- {
		v = v<<8 | uint64(b[i])
	}
	return v, err
}

// line reads up to a line feed, which it drops.
func (m *machine) line() (string, error) {
	for i := m.pos; i < len(m.data); i++ {
		if m.data[i] == '\n' {
			text := string(m.data[m.pos:i])
			m.pos = i + 1
			return text, m.charge(int64(len(text)))
		}
	}
	return "", errEnd
}
