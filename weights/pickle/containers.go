package pickle

import (
	"errors"
	"fmt"
	"slices"
)

// tuple runs the opcodes that make tuples.
func (m *machine) tuple(op byte) error {
	n := 0
	switch op {
	case opTuple1:
		n = 1
	case opTuple2:
		n = 2
	case opTuple3:
		n = 3
	case opTuple:
		values, err := m.popMark()
		if err != nil {
			return err
		}
		return m.push(Tuple(slices.Clone(values)), costValue*int64(1+len(values)))
	}
	if len(m.stack)-n < m.floor() {
		return errStack
	}
	values := Tuple(slices.Clone(m.stack[len(m.stack)-n:]))
	m.stack = m.stack[:len(m.stack)-n]
	return m.push(values, costValue*int64(1+n))
}

// container runs the opcodes that make and fill lists, dicts and sets.
func (m *machine) container(op byte) error {
	switch op {
	case opEmptyList:
		return m.push(&List{}, costObject)
	case opEmptyDict:
		return m.push(&Dict{}, costObject)
	case opEmptySet:
		return m.push(&Set{}, costObject)
	case opFrozenSet:
		values, err := m.popMark()
		if err != nil {
			return err
		}
		return m.push(&Set{slices.Clone(values)}, costObject+costValue*int64(len(values)))
	case opAppend:
		value, err := m.pop()
		if err != nil {
			return err
		}
		return m.extend([]any{value})
	case opSetItem:
		value, err := m.pop()
		if err != nil {
			return err
		}
		key, err := m.pop()
		if err != nil {
			return err
		}
		return m.setItems([]any{key, value})
	}
	values, err := m.popMark()
	if err != nil {
		return err
	}
	if op == opSetItems {
		return m.setItems(values)
	}
	return m.extend(values)
}

// extend adds values to the list or set on top.
func (m *machine) extend(values []any) error {
	if err := m.charge(costValue * int64(len(values))); err != nil {
		return err
	}
	top, err := m.top()
	if err != nil {
		return err
	}
	switch c := top.(type) {
	case *List:
		c.Items = append(c.Items, values...)
	case *Set:
		c.Items = append(c.Items, values...)
	default:
		if _, ok := foreign(top); ok {
			return nil
		}
		return fmt.Errorf("adds an item to a %T", top)
	}
	return nil
}

// setItems sets pairs of keys and values in the dict on top.
func (m *machine) setItems(pairs []any) error {
	if len(pairs)%2 != 0 {
		return errors.New("a key has no value")
	}
	if err := m.charge(costItem * int64(len(pairs)/2)); err != nil {
		return err
	}
	top, err := m.top()
	if err != nil {
		return err
	}
	dict, ok := top.(*Dict)
	if !ok {
		if _, ok := foreign(top); ok {
			return nil
		}
		return fmt.Errorf("sets an item of a %T", top)
	}
	for i := 0; i < len(pairs); i += 2 {
		dict.Set(pairs[i], pairs[i+1])
	}
	return nil
}
