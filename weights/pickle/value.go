package pickle

// A value is nil, a bool, an int64, a *big.Int beyond that, a float64, a string,
// a []byte, a Tuple, a *List, a *Dict, a *Set, or whatever the caller's
// functions return.

// Tuple is a Python tuple.
type Tuple []any

// List is a Python list.
type List struct{ Items []any }

// Set is a Python set or frozenset.
type Set struct{ Items []any }

// Dict is a Python dict, in order of insertion.
type Dict struct {
	Items []Item
	State any         // attributes of a dict of a subclass; nil if there are none
	index map[any]int // position of keys that are strings, int64s or bools
}

// Item is an entry of a [Dict].
type Item struct{ Key, Value any }

// Get returns the value of a string key, and whether there is one.
func (d *Dict) Get(key string) (any, bool) {
	i, ok := d.index[key]
	if !ok {
		return nil, false
	}
	return d.Items[i].Value, true
}

// Set sets the value of a key. Keys that are neither strings, int64s nor bools
// are appended without looking for an equal one.
func (d *Dict) Set(key, value any) {
	switch key.(type) {
	case string, int64, bool:
		if i, ok := d.index[key]; ok {
			d.Items[i].Value = value
			return
		}
		if d.index == nil {
			d.index = map[any]int{}
		}
		d.index[key] = len(d.Items)
	}
	d.Items = append(d.Items, Item{key, value})
}

// Function is something that a pickle may call: a class or a function.
type Function func(args Tuple) (any, error)

// Stateful is a value that takes the state with which the opcode BUILD completes
// an object.
type Stateful interface {
	SetState(state any) error
}

// Class is a class or function that the caller knows nothing of, as a value. Calling it runs
// nothing: it makes an [Object] that is foreign.
type Class string

// Object is an object of a class that the caller does not interpret: what it was
// made from is kept, nothing is run. Of one that is foreign nothing is kept.
type Object struct {
	Foreign bool
	Class   string // module.name
	Args    Tuple
	State   any // nil if none was set
}

// SetState keeps the state.
func (o *Object) SetState(state any) error {
	o.State = state
	return nil
}

// Inert returns a function that makes [Object] values of a class.
func Inert(class string) Function {
	return func(args Tuple) (any, error) { return &Object{Class: class, Args: args}, nil }
}
