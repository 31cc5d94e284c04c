package onnx

import (
	"fmt"

	"github.com/dino-go/dino/internal/regularfile"
)

// Read reads a model that [Write] wrote. It refuses fields that it does not know: a file of another
// program may well hold what this package cannot compute.
func Read(path string) (*Model, error) {
	data, err := regularfile.ReadFile(path)
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
			return nil, fmt.Errorf("initializer %q lies in another file, %q: read the model by its path", i.Name,
				i.external.location)
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
		err = fmt.Errorf("has %d graphs and %d operator sets, want one of each: not an ONNX file, or cut off", graphs,
			opsets)
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
