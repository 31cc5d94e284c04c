package onnx

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/dino-go/dino/internal/atomicfile"
)

// maxFileSize is what a protocol buffer message may hold.
const maxFileSize = math.MaxInt32

// Write stores a model as the file path, whole or not at all. The data of one beyond 2 GiB, which a
// protocol buffer cannot hold, goes into a second file beside it, path with [DataSuffix].
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

// Encode writes a model to w. The data of its initializers is not copied; the bytes depend on the
// model alone.
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
