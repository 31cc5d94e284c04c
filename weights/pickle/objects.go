package pickle

import (
	"errors"
	"fmt"
	"slices"
)

// memory runs the opcodes that store a value under a number and fetch it.
func (m *machine) memory(op byte) error {
	var key uint64
	var err error
	switch op {
	case opBinPut, opBinGet:
		key, err = m.uint(1)
	case opLongBinPut, opLongBinGet:
		key, err = m.uint(4)
	case opMemoize:
		key = uint64(len(m.memo))
	}
	if err != nil {
		return err
	}
	if op == opBinGet || op == opLongBinGet {
		value, ok := m.memo[uint32(key)]
		if !ok {
			return fmt.Errorf("fetches value %d, which was not stored", key)
		}
		return m.push(value, 0)
	}
	value, err := m.top()
	if err != nil {
		return err
	}
	m.memo[uint32(key)] = value
	return m.charge(costItem)
}

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
		return fmt.Errorf("sets an item of a %T", top)
	}
	for i := 0; i < len(pairs); i += 2 {
		dict.Set(pairs[i], pairs[i+1])
	}
	return nil
}

// object runs the opcodes that name classes, make objects and complete them.
func (m *machine) object(op byte) error {
	switch op {
	case opGlobal:
		module, err := m.line()
		if err != nil {
			return err
		}
		name, err := m.line()
		if err != nil {
			return err
		}
		return m.global(module, name)
	case opBinPersID:
		return m.persistent()
	}
	second, err := m.pop()
	if err != nil {
		return err
	}
	if op == opBuild {
		return m.build(second)
	}
	first, err := m.pop()
	if err != nil {
		return err
	}
	if op == opStackGlobal {
		module, ok1 := first.(string)
		name, ok2 := second.(string)
		if !ok1 || !ok2 {
			return errors.New("names a class by values that are not strings")
		}
		return m.global(module, name)
	}
	return m.call(first, second)
}

func (m *machine) global(module, name string) error {
	value, err := m.options.Find(module, name)
	if err != nil {
		return err
	}
	return m.push(value, costValue)
}

func (m *machine) persistent() error {
	id, err := m.pop()
	if err != nil {
		return err
	}
	if m.options.Persistent == nil {
		return errors.New("refers to data outside of it")
	}
	value, err := m.options.Persistent(id)
	if err != nil {
		return err
	}
	return m.push(value, costObject)
}

// call makes an object. Functions keep their arguments or make something of fixed size, so that an object costs what is charged here.
func (m *machine) call(callee, args any) error {
	f, ok := callee.(Function)
	if !ok {
		return fmt.Errorf("calls a %T, which is no function", callee)
	}
	tuple, ok := args.(Tuple)
	if !ok {
		return fmt.Errorf("calls a function with a %T, want a tuple", args)
	}
	value, err := f(tuple)
	if err != nil {
		return err
	}
	return m.push(value, 3*costObject)
}

// build completes the object on top. A dict has attributes in Python only where it is of a subclass; they are dropped.
func (m *machine) build(state any) error {
	top, err := m.top()
	if err != nil {
		return err
	}
	switch object := top.(type) {
	case Stateful:
		return object.SetState(state)
	case *Dict:
		return nil
	}
	return fmt.Errorf("gives a state to a %T", top)
}
