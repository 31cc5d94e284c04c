package onnx

import (
	"errors"
	"fmt"
	"math"
	"os"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/dino-go/dino/weights"
)

// Read reads a model that [Write] wrote. It refuses fields that it does not know: a file of another program may well hold what this package
// cannot compute.
func Read(path string) (*Model, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("onnx: %w", err)
	}
	m, err := decode(data)
	if err == nil {
		err = m.readData(path)
	}
	if err != nil {
		return nil, fmt.Errorf("onnx: %s: %w", path, err)
	}
	return m, nil
}

// Decode parses a model that is one file. The data of its initializers is part of data, not a copy.
func Decode(data []byte) (*Model, error) {
	m, err := decode(data)
	if err != nil {
		return nil, err
	}
	for _, i := range m.Initializers {
		if i.external != nil {
			return nil, fmt.Errorf("initializer %q lies in another file, %q: read the model by its path", i.Name, i.external.location)
		}
	}
	return m, nil
}

func decode(data []byte) (*Model, error) {
	m := &Model{Metadata: map[string]string{}}
	graphs, opsets := 0, 0
	err := fields(data, func(f field) error {
		switch f.number {
		case modelIRVersion:
			if f.value > irVersion {
				return fmt.Errorf("IR version is %d: this package reads up to %d", f.value, irVersion)
			}
		case modelProducerName, modelProducerVersion:
		case modelOpsetImport:
			opsets++
			return decodeOpset(f.bytes)
		case modelMetadata:
			key, value, err := decodeEntry(f.bytes)
			m.Metadata[key] = value
			return err
		case modelGraph:
			graphs++
			return m.decodeGraph(f.bytes)
		default:
			return f.unknown("ModelProto")
		}
		return nil
	})
	if err == nil && (graphs != 1 || opsets != 1) {
		err = fmt.Errorf("has %d graphs and %d operator sets, want one of each: not an ONNX file, or cut off", graphs, opsets)
	}
	if err != nil {
		return nil, err
	}
	return m, nil
}

func decodeOpset(data []byte) error {
	return fields(data, func(f field) error {
		switch f.number {
		case opsetDomain:
			if len(f.bytes) > 0 {
				return fmt.Errorf("needs the operators of %q: this package knows the standard ones", f.bytes)
			}
		case opsetVersion:
			if f.value != Opset {
				return fmt.Errorf("is written for operator set %d: this package reads %d", f.value, Opset)
			}
		default:
			return f.unknown("OperatorSetIdProto")
		}
		return nil
	})
}

func decodeEntry(data []byte) (key, value string, err error) {
	err = fields(data, func(f field) (err error) {
		switch f.number {
		case entryKey:
			key, err = f.text()
		case entryValue:
			value, err = f.text()
		default:
			err = f.unknown("StringStringEntryProto")
		}
		return err
	})
	return key, value, err
}

func (m *Model) decodeGraph(data []byte) error {
	return fields(data, func(f field) error {
		switch f.number {
		case graphName:
			var err error
			m.Name, err = f.text()
			return err
		case graphNode:
			n, err := decodeNode(f.bytes)
			m.Nodes = append(m.Nodes, n)
			return err
		case graphInitializer:
			i, err := decodeInitializer(f.bytes)
			m.Initializers = append(m.Initializers, i)
			return err
		case graphInput:
			v, err := decodeValue(f.bytes)
			m.Inputs = append(m.Inputs, v)
			return err
		case graphOutput:
			v, err := decodeValue(f.bytes)
			m.Outputs = append(m.Outputs, v)
			return err
		}
		return f.unknown("GraphProto")
	})
}

func decodeNode(data []byte) (Node, error) {
	var n Node
	err := fields(data, func(f field) error {
		text, err := f.text()
		switch f.number {
		case nodeInput:
			n.Inputs = append(n.Inputs, text)
		case nodeOutput:
			n.Outputs = append(n.Outputs, text)
		case nodeName:
			n.Name = text
		case nodeOpType:
			n.Op = text
		case nodeAttribute:
			var a Attribute
			a, err = decodeAttribute(f.bytes)
			n.Attributes = append(n.Attributes, a)
		default:
			return f.unknown("NodeProto")
		}
		return err
	})
	return n, err
}

func decodeAttribute(data []byte) (Attribute, error) {
	var a Attribute
	var kind uint64
	var float float32
	var integer int64
	var integers []int64
	err := fields(data, func(f field) (err error) {
		switch f.number {
		case attributeName:
			a.Name, err = f.text()
		case attributeType:
			kind = f.value
		case attributeF:
			float = math.Float32frombits(uint32(f.value))
		case attributeI:
			integer = int64(f.value)
		case attributeInts:
			integers = append(integers, int64(f.value))
		default:
			err = f.unknown("AttributeProto")
		}
		return err
	})
	switch kind {
	case attributeIsFloat:
		a.Value = float
	case attributeIsInt:
		a.Value = integer
	case attributeIsInts:
		a.Value = integers
	default:
		return a, errors.Join(err, fmt.Errorf("attribute %q has type %d: known are float, int and ints", a.Name, kind))
	}
	return a, err
}

func decodeInitializer(data []byte) (Initializer, error) {
	i := Initializer{Tensor: weights.Tensor{Shape: []int{}}}
	err := fields(data, func(f field) (err error) {
		switch f.number {
		case tensorDims:
			if f.value > math.MaxInt32 {
				return fmt.Errorf("dimension %d of an initializer is out of range", f.value)
			}
			i.Tensor.Shape = append(i.Tensor.Shape, int(f.value))
		case tensorDataType:
			switch f.value {
			case elementFloat:
				i.Tensor.DType = weights.F32
			case elementInt64:
				i.Tensor.DType = weights.I64
			default:
				return fmt.Errorf("initializer has element type %d: known are float (%d) and int64 (%d)", f.value, elementFloat, elementInt64)
			}
		case tensorName:
			i.Name, err = f.text()
		case tensorRawData:
			i.Tensor.Data = f.bytes
		case tensorExternal:
			if i.external == nil {
				i.external = &external{}
			}
			err = i.external.decode(f.bytes)
		case tensorLocation:
			if f.value != locationExternal {
				err = fmt.Errorf("data location is %d, want %d", f.value, locationExternal)
			}
		default:
			err = f.unknown("TensorProto")
		}
		return err
	})
	if err == nil && i.external == nil {
		err = i.Tensor.Check()
	}
	if err != nil {
		return i, fmt.Errorf("initializer %q: %w", i.Name, err)
	}
	return i, nil
}

func decodeValue(data []byte) (Value, error) {
	var v Value
	shape := func(f field) error { return v.decodeShape(f.bytes) }
	tensor := func(f field) error {
		switch {
		case f.number == tensorElemType && f.value == elementFloat:
			return nil
		case f.number == tensorShape:
			return shape(f)
		}
		return f.unknown("TypeProto.Tensor of float")
	}
	err := fields(data, func(f field) (err error) {
		switch f.number {
		case valueName:
			v.Name, err = f.text()
		case valueType:
			err = fields(f.bytes, func(f field) error {
				if f.number != typeTensor {
					return f.unknown("TypeProto")
				}
				return fields(f.bytes, tensor)
			})
		default:
			err = f.unknown("ValueInfoProto")
		}
		return err
	})
	return v, err
}

func (v *Value) decodeShape(data []byte) error {
	return fields(data, func(f field) error {
		if f.number != shapeDim {
			return f.unknown("TensorShapeProto")
		}
		var d Dim
		err := fields(f.bytes, func(f field) (err error) {
			switch f.number {
			case dimensionValue:
				d.Size = int(f.value)
			case dimensionSymbol:
				d.Name, err = f.text()
			default:
				err = f.unknown("TensorShapeProto.Dimension")
			}
			return err
		})
		v.Shape = append(v.Shape, d)
		return err
	})
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
