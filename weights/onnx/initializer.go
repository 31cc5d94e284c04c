package onnx

import (
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/dino-go/dino/weights"
)

// encode returns the initializer as a field of the graph, up to its data where that is part of it:
// the last field.
func (i Initializer) encode() ([]byte, error) {
	var element int64
	switch i.Tensor.DType {
	case weights.F32:
		element = elementFloat
	case weights.I64:
		element = elementInt64
	default:
		return nil, fmt.Errorf("initializer %q has type %s: must be %s or %s", i.Name, i.Tensor.DType, weights.F32,
			weights.I64)
	}
	var head message
	for _, d := range i.Tensor.Shape {
		head = head.int(tensorDims, int64(d))
	}
	head = head.int(tensorDataType, element).text(tensorName, i.Name)
	if i.external != nil {
		return message{}.message(graphInitializer, i.external.encode(head)), nil
	}
	head = protowire.AppendTag(head, tensorRawData, protowire.BytesType)
	head = protowire.AppendVarint(head, uint64(len(i.Tensor.Data)))
	field := protowire.AppendTag(nil, graphInitializer, protowire.BytesType)
	field = protowire.AppendVarint(field, uint64(len(head)+len(i.Tensor.Data)))
	return append(field, head...), nil
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
				return fmt.Errorf("initializer has element type %d: known are float (%d) and int64 (%d)", f.value,
					elementFloat, elementInt64)
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
