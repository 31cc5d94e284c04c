package onnx

// encode returns the value as a ValueInfoProto.
func (v Value) encode() message {
	var shape message
	for _, d := range v.Shape {
		if d.Name != "" {
			shape = shape.message(shapeDim, message{}.text(dimensionSymbol, d.Name))
		} else {
			shape = shape.message(shapeDim, message{}.int(dimensionValue, int64(d.Size)))
		}
	}
	tensor := message{}.int(tensorElemType, elementFloat).message(tensorShape, shape)
	return message{}.text(valueName, v.Name).message(valueType, message{}.message(typeTensor, tensor))
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
