package pickle

import (
	"errors"
	"fmt"
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
	if op == opNewObjEx { // with arguments by name, which no class that is interpreted has
		if second, err = m.pop(); err != nil {
			return err
		}
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

// call makes an object. Functions keep their arguments or make something of fixed size, so that an
// object costs what is charged here.
func (m *machine) call(callee, args any) error {
	tuple, ok := args.(Tuple)
	if !ok {
		return fmt.Errorf("calls a function with a %T, want a tuple", args)
	}
	if class, ok := foreign(callee); ok {
		return m.push(&Object{Class: class, Foreign: true}, 3*costObject)
	}
	f, ok := callee.(Function)
	if !ok {
		return fmt.Errorf("calls a %T, which is not a function", callee)
	}
	value, err := f(tuple)
	if err != nil {
		return err
	}
	return m.push(value, 3*costObject)
}

// build completes the object on top. A dict has attributes in Python only where it is of a
// subclass.
func (m *machine) build(state any) error {
	top, err := m.top()
	if err != nil {
		return err
	}
	switch object := top.(type) {
	case *Object:
		if !object.Foreign { // the state of others is not kept
			object.State = state
		}
		return nil
	case Class:
		return nil
	case Stateful:
		return object.SetState(state)
	case *Dict:
		object.State = state
		return nil
	}
	return fmt.Errorf("gives a state to a %T", top)
}

// foreign is the class of what a pickle calls or fills, where nothing is made of it.
func foreign(value any) (class string, ok bool) {
	switch v := value.(type) {
	case Class:
		return string(v), true
	case *Object:
		return v.Class, v.Foreign
	}
	return "", false
}
