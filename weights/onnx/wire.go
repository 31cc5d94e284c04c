package onnx

import (
	"fmt"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// message is an encoded protocol buffer message; its methods append a field. Like slices that are
// appended to, use each result once.
type message []byte

func (m message) int(number protowire.Number, v int64) message {
	return protowire.AppendVarint(protowire.AppendTag(m, number, protowire.VarintType), uint64(v))
}

func (m message) text(number protowire.Number, s string) message {
	return protowire.AppendString(protowire.AppendTag(m, number, protowire.BytesType), s)
}

func (m message) message(number protowire.Number, inner message) message {
	return protowire.AppendBytes(protowire.AppendTag(m, number, protowire.BytesType), inner)
}

// field is one field of a message: a number, or bytes.
type field struct {
	number protowire.Number
	value  uint64
	bytes  []byte
}

func (f field) text() (string, error) {
	if !utf8.Valid(f.bytes) {
		return "", fmt.Errorf("field %d is not valid UTF-8", f.number)
	}
	return string(f.bytes), nil
}

func (f field) unknown(message string) error {
	return fmt.Errorf("field %d of %s is unknown to this package", f.number, message)
}

// fields calls visit for every field of a message, in order.
func fields(data []byte, visit func(field) error) error {
	for len(data) > 0 {
		number, kind, n := protowire.ConsumeTag(data)
		if n < 0 {
			return damaged(n)
		}
		data = data[n:]
		f := field{number: number}
		switch kind {
		case protowire.VarintType:
			f.value, n = protowire.ConsumeVarint(data)
		case protowire.Fixed32Type:
			var v uint32
			v, n = protowire.ConsumeFixed32(data)
			f.value = uint64(v)
		case protowire.BytesType:
			f.bytes, n = protowire.ConsumeBytes(data)
		default:
			return fmt.Errorf("field %d has wire type %d, which ONNX does not use", number, kind)
		}
		if n < 0 {
			return damaged(n)
		}
		data = data[n:]
		if err := visit(f); err != nil {
			return err
		}
	}
	return nil
}

func damaged(code int) error {
	return fmt.Errorf("is not an ONNX file, or cut off: %w", protowire.ParseError(code))
}
