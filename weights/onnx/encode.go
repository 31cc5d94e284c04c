package onnx

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/dino-go/dino/internal/atomicfile"
	"github.com/dino-go/dino/weights"
)

// maxFileSize is what a protocol buffer message may hold.
const maxFileSize = math.MaxInt32

// Write stores a model as the file path, whole or not at all. The data of one beyond 2 GiB, which a protocol buffer cannot hold, goes
// into a second file beside it, path with [DataSuffix].
func Write(path string, m *Model) error { return write(path, m, maxFileSize) }

func write(path string, m *Model, limit int) error {
	pieces, err := m.pieces()
	if err != nil {
		return fmt.Errorf("onnx: %s: %w", path, err)
	}
	if total(pieces) > limit {
		if m, err = m.writeData(path + DataSuffix); err != nil {
			return err
		}
	}
	f, err := atomicfile.Create(path)
	if err != nil {
		return fmt.Errorf("onnx: %w", err)
	}
	defer f.Abort()
	if err := Encode(f, m); err != nil {
		return fmt.Errorf("onnx: %s: %w", path, err)
	}
	if err := f.Commit(); err != nil {
		return fmt.Errorf("onnx: %w", err)
	}
	return nil
}

// Encode writes a model to w. The data of its initializers is not copied; the bytes depend on the model alone.
func Encode(w io.Writer, m *Model) error {
	pieces, err := m.pieces()
	if err != nil {
		return err
	}
	if size := total(pieces); size > maxFileSize {
		return fmt.Errorf("the model has %d bytes: a stream may have 2 GiB; write it to a file", size)
	}
	for _, p := range pieces {
		if _, err := w.Write(p); err != nil {
			return err
		}
	}
	return nil
}

// pieces returns the file as consecutive parts, those of the initializers being their data itself.
func (m *Model) pieces() ([][]byte, error) {
	graph := message{}.text(graphName, m.Name)
	for _, n := range m.Nodes {
		node, err := n.encode()
		if err != nil {
			return nil, err
		}
		graph = graph.message(graphNode, node)
	}
	for _, v := range m.Inputs {
		graph = graph.message(graphInput, v.encode())
	}
	for _, v := range m.Outputs {
		graph = graph.message(graphOutput, v.encode())
	}
	body := [][]byte{graph}
	for _, i := range m.Initializers {
		head, err := i.encode()
		if err != nil {
			return nil, err
		}
		body = append(body, head)
		if i.external == nil {
			body = append(body, i.Tensor.Data)
		}
	}

	file := message{}.int(modelIRVersion, irVersion).text(modelProducerName, "dino")
	file = file.message(modelOpsetImport, message{}.text(opsetDomain, "").int(opsetVersion, Opset))
	for _, key := range slices.Sorted(maps.Keys(m.Metadata)) {
		file = file.message(modelMetadata, message{}.text(entryKey, key).text(entryValue, m.Metadata[key]))
	}
	file = protowire.AppendVarint(protowire.AppendTag(file, modelGraph, protowire.BytesType), uint64(total(body)))
	return append([][]byte{file}, body...), nil
}

func total(pieces [][]byte) int {
	size := 0
	for _, p := range pieces {
		size += len(p)
	}
	return size
}

// encode returns the initializer as a field of the graph, up to its data where that is part of it: the last field.
func (i Initializer) encode() ([]byte, error) {
	var element int64
	switch i.Tensor.DType {
	case weights.F32:
		element = elementFloat
	case weights.I64:
		element = elementInt64
	default:
		return nil, fmt.Errorf("initializer %q has type %s: must be %s or %s", i.Name, i.Tensor.DType, weights.F32, weights.I64)
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
			field = protowire.AppendFixed32(protowire.AppendTag(field, attributeF, protowire.Fixed32Type), math.Float32bits(v))
			field = field.int(attributeType, attributeIsFloat)
		case int64:
			field = field.int(attributeI, v).int(attributeType, attributeIsInt)
		case []int64:
			for _, i := range v {
				field = field.int(attributeInts, i)
			}
			field = field.int(attributeType, attributeIsInts)
		default:
			return nil, fmt.Errorf("node %q: attribute %q has type %T: must be float32, int64 or []int64", n.Name, a.Name, v)
		}
		out = out.message(nodeAttribute, field)
	}
	return out, nil
}

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

// message is an encoded protocol buffer message; its methods append a field.
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
