package weights

import (
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// Opcodes of Python's pickle protocol 2 that a PyTorch file needs. The first PyTorch with
// weights_only, 1.13, reads these and not, for example, floating point numbers.
const (
	pickleProto      = "\x80\x02"
	pickleStop       = '.'
	pickleMark       = '('
	pickleTuple      = 't'
	pickleEmptyTuple = ')'
	pickleEmptyDict  = '}'
	pickleSetItems   = 'u'
	pickleGlobal     = 'c'
	pickleReduce     = 'R'
	picklePersistent = 'Q'
	pickleBuild      = 'b'
	pickleText       = 'X' // 4 bytes of length, UTF-8
	pickleInt        = 'J' // 4 bytes
	pickleLong       = '\x8a'
	pickleTrue       = '\x88'
	pickleFalse      = '\x89'
)

// pthPickler writes the pickle of a PyTorch file and collects the tensors whose data goes into
// storages.
type pthPickler struct {
	out      []byte
	storages []Tensor // by key
}

// file returns the pickle of a dict.
func (p *pthPickler) file(root map[string]any) ([]byte, error) {
	p.out = append(p.out, pickleProto...)
	attributes, ok := root[PTHAttributes]
	if !ok {
		if err := p.dict(root); err != nil {
			return nil, err
		}
		return append(p.out, pickleStop), nil
	}
	items := maps.Clone(root)
	delete(items, PTHAttributes)
	p.global("collections", "OrderedDict")
	p.out = append(p.out, pickleEmptyTuple, pickleReduce)
	if err := p.items(items); err != nil {
		return nil, err
	}
	if err := p.dict(map[string]any{PTHAttributes: attributes}); err != nil {
		return nil, err
	}
	return append(p.out, pickleBuild, pickleStop), nil
}

func (p *pthPickler) dict(d map[string]any) error {
	p.out = append(p.out, pickleEmptyDict)
	return p.items(d)
}

// items sets the items of the dict on top of the stack.
func (p *pthPickler) items(d map[string]any) error {
	p.out = append(p.out, pickleMark)
	for _, key := range slices.Sorted(maps.Keys(d)) {
		p.text(key)
		if err := p.value(d[key]); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
	}
	p.out = append(p.out, pickleSetItems)
	return nil
}

func (p *pthPickler) value(v any) error {
	switch v := v.(type) {
	case map[string]any:
		return p.dict(v)
	case Tensor:
		return p.tensor(v)
	case string:
		p.text(v)
	case int64:
		p.int(v)
	case bool:
		p.bool(v)
	default:
		return fmt.Errorf("a setting has type %T: must be int64, bool or string", v)
	}
	return nil
}

// tensor calls torch._utils._rebuild_tensor_v2(storage, offset, shape, strides, requires_grad,
// backward hooks), with a storage of its own for every tensor.
func (p *pthPickler) tensor(t Tensor) error {
	class := ""
	for name, dtype := range storageTypes {
		if dtype == t.DType {
			class = name
		}
	}
	if class == "" {
		return fmt.Errorf("PyTorch has no storage for the element type %s", t.DType)
	}
	p.global("torch._utils", "_rebuild_tensor_v2")
	p.out = append(p.out, pickleMark)

	p.out = append(p.out, pickleMark)
	p.text("storage")
	p.global("torch", class)
	p.text(strconv.Itoa(len(p.storages)))
	p.text("cpu")
	p.int(int64(t.Len()))
	p.out = append(p.out, pickleTuple, picklePersistent)
	p.storages = append(p.storages, t)

	p.int(0)
	p.ints(t.Shape)
	p.ints(contiguous(t.Shape))
	p.bool(false)
	p.global("collections", "OrderedDict")
	p.out = append(p.out, pickleEmptyTuple, pickleReduce, pickleTuple, pickleReduce)
	return nil
}

// contiguous returns the strides of a row-major tensor, in elements.
func contiguous(shape []int) []int {
	strides, step := make([]int, len(shape)), 1
	for i := len(shape) - 1; i >= 0; i-- {
		strides[i] = step
		step *= max(shape[i], 1)
	}
	return strides
}

func (p *pthPickler) global(module, name string) {
	p.out = append(append(append(append(append(p.out, pickleGlobal), module...), '\n'), name...), '\n')
}

func (p *pthPickler) text(s string) {
	p.out = binary.LittleEndian.AppendUint32(append(p.out, pickleText), uint32(len(s)))
	p.out = append(p.out, s...)
}

func (p *pthPickler) int(v int64) {
	if v == int64(int32(v)) {
		p.out = binary.LittleEndian.AppendUint32(append(p.out, pickleInt), uint32(v))
		return
	}
	p.out = binary.LittleEndian.AppendUint64(append(p.out, pickleLong, 8), uint64(v))
}

func (p *pthPickler) ints(values []int) {
	p.out = append(p.out, pickleMark)
	for _, v := range values {
		p.int(int64(v))
	}
	p.out = append(p.out, pickleTuple)
}

func (p *pthPickler) bool(v bool) {
	if v {
		p.out = append(p.out, pickleTrue)
	} else {
		p.out = append(p.out, pickleFalse)
	}
}
