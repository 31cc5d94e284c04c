package weights

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/dino-go/dino/weights/pickle"
)

// pthPickle is the value of a PyTorch file, with the storages that it refers to.
type pthPickle struct {
	root     any
	storages map[string]*pthStorage // by key
}

// pthStorage is an array of a PyTorch file, of which tensors are views.
type pthStorage struct {
	dtype string
	len   int64 // elements

	located bool
	begin   int64 // byte in the file
}

// storage returns the storage that a persistent id names: ("storage", class,
// key, device, elements), to which the older form adds a view or None. locate
// finds the data of one that is new, where it can already.
func (p *pthPickle) storage(id any, locate func(key string, s *pthStorage) error) (any, error) {
	fields, ok := id.(pickle.Tuple)
	if !ok || len(fields) < 5 || fields[0] != "storage" {
		return nil, errors.New("refers to data other than a storage")
	}
	if unknown, ok := fields[1].(pickle.Class); ok {
		return &pickle.Object{Class: string(unknown), Foreign: true}, nil
	}
	class, ok1 := fields[1].(storageClass)
	key, ok2 := fields[2].(string)
	elements, ok3 := fields[4].(int64)
	if !ok1 || !ok2 || !ok3 || elements < 0 || elements > 1<<56 {
		return nil, fmt.Errorf("refers to a storage without a class of elements (%s), a key and a number of elements",
			knownDTypes)
	}
	s := p.storages[key]
	if s == nil {
		s = &pthStorage{dtype: class.dtype, len: elements}
		if err := locate(key, s); err != nil {
			return nil, err
		}
		p.storages[key] = s
	}
	if s.dtype != class.dtype || s.len != elements {
		return nil, fmt.Errorf("storage %s is %d elements of %s here and %d of %s there", strconv.Quote(key), s.len,
			s.dtype, elements, class.dtype)
	}
	return s, nil
}
