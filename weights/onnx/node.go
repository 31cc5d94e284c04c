package onnx

import (
	"errors"
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// encode returns the node as a NodeProto.
func (n Node) encode() (message, error) {
	var out message
	for _, name := range n.Inputs {
		out = out.text(nodeInput, name)
	}
	for _, name := range n.Outputs {
		out = out.text(nodeOutput, name)
	}
	out = out.text(nodeName, n.Name).text(nodeOpType, n.Op)
	for _, a := range n.Attributes {
		field := message{}.text(attributeName, a.Name)
		switch v := a.Value.(type) {
		case float32:
			field = protowire.AppendFixed32(protowire.AppendTag(field, attributeF, protowire.Fixed32Type),
				math.Float32bits(v))
			field = field.int(attributeType, attributeIsFloat)
		case int64:
			field = field.int(attributeI, v).int(attributeType, attributeIsInt)
		case []int64:
			for _, i := range v {
				field = field.int(attributeInts, i)
			}
			field = field.int(attributeType, attributeIsInts)
		default:
			return nil, fmt.Errorf("node %q: attribute %q has type %T: must be float32, int64 or []int64", n.Name,
				a.Name, v)
		}
		out = out.message(nodeAttribute, field)
	}
	return out, nil
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
