package weights

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"

	"github.com/dino-go/dino/weights/pickle"
)

// The older form starts with a pickle of this number.
var (
	legacyMagic    = []byte("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19")
	legacyNumber   = new(big.Int).SetBytes([]byte("\x19\x50\xa8\x6a\x20\xf9\x46\x9c\xfc\x6c"))
	legacyProtocol = int64(1001)
)

// pthMagicSize is how many bytes tell the forms apart.
const pthMagicSize = 14

// readLegacyPTH reads the older form: pickles of a magic number, the protocol,
// the writer's byte order, the value and the list of storage keys; then, in the
// order of that list, the number of elements of each storage (8 bytes,
// little-endian) and its data.
func readLegacyPTH(r *region) (*pthPickle, error) {
	data, err := r.view(0, r.size)
	if err != nil {
		return nil, err
	}
	p := &pthPickle{storages: map[string]*pthStorage{}}
	reader := legacyReader{
		data:    data,
		options: pickle.Options{Find: findClass, Memory: pickleMemory(r.size), Persistent: p.legacyStorage},
	}
	if err := reader.preamble(); err != nil {
		return nil, err
	}
	if p.root, err = reader.next("the value"); err != nil {
		return nil, err
	}
	keys, err := reader.next("the list of storages")
	if err != nil {
		return nil, err
	}
	list, ok := keys.(*pickle.List)
	if !ok {
		return nil, errors.New("the list of storages is not a list")
	}
	return p, reader.locate(p, list)
}

// legacyStorage returns the storage that a persistent id names. Where the id
// describes a view of it, (key, offset, elements), the storage must be whole.
func (p *pthPickle) legacyStorage(id any) (any, error) {
	if fields, ok := id.(pickle.Tuple); ok && len(fields) == 6 && fields[5] != nil {
		return nil, errors.New("refers to a view of a storage, as PyTorch before 0.4 wrote: load and save it again " +
			"with a newer one")
	}
	return p.storage(id, func(string, *pthStorage) error { return nil })
}

// legacyReader reads one pickle after the other.
type legacyReader struct {
	data    []byte
	pos     int
	options pickle.Options
}

func (l *legacyReader) next(what string) (any, error) {
	value, n, err := pickle.Decode(l.data[l.pos:], l.options)
	if err != nil {
		return nil, fmt.Errorf("%s, at byte %d: %w", what, l.pos, err)
	}
	l.pos += n
	return value, nil
}

// preamble reads the first three pickles.
func (l *legacyReader) preamble() error {
	number, err := l.next("the magic number")
	if err != nil {
		return err
	}
	if n, ok := number.(*big.Int); !ok || n.Cmp(legacyNumber) != 0 {
		return errors.New("the magic number is not that of a PyTorch file")
	}
	protocol, err := l.next("the protocol")
	if err != nil {
		return err
	}
	if protocol != legacyProtocol {
		return fmt.Errorf("protocol is another, want %d", legacyProtocol)
	}
	system, err := l.next("the byte order")
	if err != nil {
		return err
	}
	if d, ok := system.(*pickle.Dict); ok {
		if little, ok := d.Get("little_endian"); ok && little != true {
			return errors.New("was written on a big-endian machine: load and save it again on a little-endian one")
		}
	}
	return nil
}

// locate finds the data of every storage.
func (l *legacyReader) locate(p *pthPickle, keys *pickle.List) error {
	for _, item := range keys.Items {
		key, ok := item.(string)
		s := p.storages[key]
		if !ok || s == nil || s.located {
			return errors.New("the list of storages has one that the value does not refer to, or twice")
		}
		rest := l.data[l.pos:]
		if len(rest) < 8 {
			return fmt.Errorf("ends before the data of storage %q; cut off", key)
		}
		if count := binary.LittleEndian.Uint64(rest); count != uint64(s.len) {
			return fmt.Errorf("storage %q has %d elements, the value says %d", key, count, s.len)
		}
		size := s.len * int64(elementSize(s.dtype))
		if size > int64(len(rest)-8) {
			return fmt.Errorf("ends within the data of storage %q: %d bytes are left of %d; cut off", key, len(rest)-8,
				size)
		}
		s.begin, s.located = int64(l.pos+8), true
		l.pos += 8 + int(size)
	}
	for key, s := range p.storages {
		if !s.located {
			return fmt.Errorf("the data of storage %q is missing: the list of storages lacks it", key)
		}
	}
	return nil
}
