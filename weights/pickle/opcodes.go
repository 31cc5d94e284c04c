package pickle

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"unicode/utf8"
)

// Opcodes, under the names of Python's pickletools.
const (
	opMark           = '('
	opStop           = '.'
	opPop            = '0'
	opPopMark        = '1'
	opDup            = '2'
	opBinInt         = 'J'
	opBinInt1        = 'K'
	opBinInt2        = 'M'
	opNone           = 'N'
	opBinPersID      = 'Q'
	opReduce         = 'R'
	opBinString      = 'T'
	opShortBinString = 'U'
	opBinUnicode     = 'X'
	opAppend         = 'a'
	opBuild          = 'b'
	opGlobal         = 'c'
	opEmptyDict      = '}'
	opAppends        = 'e'
	opBinGet         = 'h'
	opLongBinGet     = 'j'
	opEmptyList      = ']'
	opBinPut         = 'q'
	opLongBinPut     = 'r'
	opSetItem        = 's'
	opTuple          = 't'
	opEmptyTuple     = ')'
	opSetItems       = 'u'
	opBinFloat       = 'G'
	opBinBytes       = 'B'
	opShortBinBytes  = 'C'
	opProto          = 0x80
	opNewObj         = 0x81
	opTuple1         = 0x85
	opTuple2         = 0x86
	opTuple3         = 0x87
	opNewTrue        = 0x88
	opNewFalse       = 0x89
	opLong1          = 0x8a
	opShortUnicode   = 0x8c
	opUnicode8       = 0x8d
	opBytes8         = 0x8e
	opEmptySet       = 0x8f
	opAddItems       = 0x90
	opFrozenSet      = 0x91
	opStackGlobal    = 0x93
	opMemoize        = 0x94
	opNewObjEx       = 0x92
	opFrame          = 0x95
	opByteArray8     = 0x96
	opLong4          = 0x8b
)

// maxProtocol is the newest protocol whose opcodes are known.
const maxProtocol = 5

// step runs one opcode, and tells whether it was the last.
func (m *machine) step() (done bool, err error) {
	b, err := m.take(1)
	if err != nil {
		return false, err
	}
	switch op := b[0]; op {
	case opStop:
		return true, nil
	case opProto:
		return false, m.protocol()
	case opFrame:
		_, err = m.take(8) // a frame only groups bytes for reading
		return false, err
	case opMark:
		m.marks = append(m.marks, len(m.stack))
		return false, m.charge(costValue)
	case opPop:
		return false, m.discard()
	case opPopMark:
		_, err = m.popMark()
		return false, err
	case opDup:
		return false, m.dup()
	case opBinPut, opLongBinPut, opMemoize, opBinGet, opLongBinGet:
		return false, m.memory(op)
	case opGlobal, opStackGlobal, opReduce, opNewObj, opNewObjEx, opBuild, opBinPersID:
		return false, m.object(op)
	case opEmptyTuple, opTuple1, opTuple2, opTuple3, opTuple:
		return false, m.tuple(op)
	case opEmptyList, opAppend, opAppends, opEmptyDict, opSetItem, opSetItems, opEmptySet, opAddItems, opFrozenSet:
		return false, m.container(op)
	default:
		return false, m.scalar(op)
	}
}

func (m *machine) protocol() error {
	version, err := m.uint(1)
	if err == nil && version > maxProtocol {
		return fmt.Errorf("protocol %d: known are those up to %d", version, maxProtocol)
	}
	return err
}

// discard drops the top value, or a mark that nothing lies above.
func (m *machine) discard() error {
	if len(m.marks) > 0 && len(m.stack) == m.floor() {
		m.marks = m.marks[:len(m.marks)-1]
		return nil
	}
	_, err := m.pop()
	return err
}

func (m *machine) dup() error {
	value, err := m.top()
	if err != nil {
		return err
	}
	return m.push(value, 0)
}

// scalar runs the opcodes that push a value without parts.
func (m *machine) scalar(op byte) error {
	switch op {
	case opNone:
		return m.push(nil, 0)
	case opNewTrue, opNewFalse:
		return m.push(op == opNewTrue, 0)
	case opBinInt:
		v, err := m.uint(4)
		return m.pushIf(err, int64(int32(v)))
	case opBinInt1:
		v, err := m.uint(1)
		return m.pushIf(err, int64(v))
	case opBinInt2:
		v, err := m.uint(2)
		return m.pushIf(err, int64(v))
	case opLong1:
		return m.long(1)
	case opLong4:
		return m.long(4)
	case opBinFloat:
		b, err := m.take(8)
		if err != nil {
			return err
		}
		return m.push(math.Float64frombits(binary.BigEndian.Uint64(b)), 0)
	case opShortUnicode, opShortBinString:
		return m.text(1)
	case opBinUnicode, opBinString:
		return m.text(4)
	case opUnicode8:
		return m.text(8)
	case opShortBinBytes:
		return m.bytes(1)
	case opBinBytes:
		return m.bytes(4)
	case opBytes8, opByteArray8:
		return m.bytes(8)
	}
	return errors.New("unknown opcode: not one that PyTorch's files consist of")
}

func (m *machine) pushIf(err error, value any) error {
	if err != nil {
		return err
	}
	return m.push(value, 0)
}

// long reads a little-endian two's complement integer of as many bytes as the number of width bytes
// in front of it says, at most 255.
func (m *machine) long(width int) error {
	n, err := m.uint(width)
	if err != nil {
		return err
	}
	if n > 255 {
		return errors.New("an integer has more than 255 bytes")
	}
	b, err := m.take(n)
	if err != nil {
		return err
	}
	reversed := slices.Clone(b)
	slices.Reverse(reversed)
	value := new(big.Int).SetBytes(reversed)
	if n > 0 && b[n-1] >= 0x80 {
		value.Sub(value, new(big.Int).Lsh(big.NewInt(1), uint(8*n)))
	}
	if value.IsInt64() {
		return m.push(value.Int64(), 0)
	}
	return m.push(value, costObject+int64(n))
}

// sized takes as many bytes as the number of width bytes in front of them says.
func (m *machine) sized(width int) ([]byte, error) {
	n, err := m.uint(width)
	if err != nil {
		return nil, err
	}
	return m.take(n)
}

func (m *machine) text(width int) error {
	b, err := m.sized(width)
	if err != nil {
		return err
	}
	if !utf8.Valid(b) {
		return errors.New("a string is not valid UTF-8")
	}
	return m.push(string(b), int64(len(b)))
}

func (m *machine) bytes(width int) error {
	b, err := m.sized(width)
	if err != nil {
		return err
	}
	return m.push(slices.Clone(b), int64(len(b)))
}
