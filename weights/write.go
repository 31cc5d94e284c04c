package weights

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"sort"
	"unicode/utf8"

	"github.com/dino-go/dino/internal/atomicfile"
)

// Write stores tensors as the safetensors file path, whole or not at all: see
// package atomicfile. The bytes depend on tensors and metadata alone.
func Write(path string, tensors map[string]Tensor, metadata map[string]string) error {
	f, err := atomicfile.Create(path)
	if err != nil {
		return fmt.Errorf("weights: %w", err)
	}
	defer f.Abort()
	if _, err := Encode(f, tensors, metadata); err != nil {
		return fmt.Errorf("weights: %s: %w", path, err)
	}
	if err := f.Commit(); err != nil {
		return fmt.Errorf("weights: %w", err)
	}
	return nil
}

// Encode writes tensors to w in the safetensors format and returns the number
// of bytes written. The data is not copied.
//
// The order is that of the reference writer: wider element types first, so that
// every tensor is aligned, and by name among equals. The header is padded with
// spaces to a multiple of 8 bytes.
func Encode(w io.Writer, tensors map[string]Tensor, metadata map[string]string) (int64, error) {
	order, err := writeOrder(tensors)
	if err != nil {
		return 0, err
	}
	text, err := encodeHeader(order, tensors, metadata)
	if err != nil {
		return 0, err
	}
	head := binary.LittleEndian.AppendUint64(nil, uint64(len(text)))
	head = append(head, text...)
	n, err := w.Write(head)
	written := int64(n)
	if err != nil {
		return written, err
	}
	for _, name := range order {
		n, err := w.Write(tensors[name].Data)
		written += int64(n)
		if err != nil {
			return written, fmt.Errorf("tensor %q: %w", name, err)
		}
	}
	return written, nil
}

// EncodedSize returns the number of bytes that Encode would write.
func EncodedSize(tensors map[string]Tensor, metadata map[string]string) (int64, error) {
	order, err := writeOrder(tensors)
	if err != nil {
		return 0, err
	}
	text, err := encodeHeader(order, tensors, metadata)
	if err != nil {
		return 0, err
	}
	size := int64(8 + len(text))
	for _, t := range tensors {
		size += int64(len(t.Data))
	}
	return size, nil
}

// writeOrder verifies the tensors and returns their names in file order.
func writeOrder(tensors map[string]Tensor) ([]string, error) {
	order := make([]string, 0, len(tensors))
	for name, t := range tensors {
		if name == metadataKey || !utf8.ValidString(name) {
			return nil, fmt.Errorf("%q cannot be the name of a tensor", name)
		}
		if err := t.Check(); err != nil {
			return nil, fmt.Errorf("tensor %q: %w", name, err)
		}
		order = append(order, name)
	}
	sort.Slice(order, func(i, j int) bool {
		a, b := dtypeSize[tensors[order[i]].DType], dtypeSize[tensors[order[j]].DType]
		if a != b {
			return a > b
		}
		return order[i] < order[j]
	})
	return order, nil
}

// encodeHeader returns the padded JSON header.
func encodeHeader(order []string, tensors map[string]Tensor, metadata map[string]string) ([]byte, error) {
	var out bytes.Buffer
	member := func(name string, value any) error {
		key, err := json.Marshal(name)
		if err != nil {
			return err
		}
		text, err := json.Marshal(value)
		if err != nil {
			return err
		}
		if out.Len() > 0 {
			out.WriteByte(',')
		}
		out.Write(key)
		out.WriteByte(':')
		out.Write(text)
		return nil
	}
	if len(metadata) > 0 {
		if err := member(metadataKey, metadata); err != nil {
			return nil, err
		}
	}
	var position int64
	for _, name := range order {
		t := tensors[name]
		end := position + int64(len(t.Data))
		if err := member(name, headerEntry{t.DType, append([]int{}, t.Shape...), [2]int64{position, end}}); err != nil {
			return nil, err
		}
		position = end
	}
	text := append(append([]byte{'{'}, out.Bytes()...), '}')
	for len(text)%8 != 0 {
		text = append(text, ' ')
	}
	if len(text) > maxHeaderSize {
		return nil, fmt.Errorf("header of %d bytes exceeds the format's limit of %d", len(text), maxHeaderSize)
	}
	return text, nil
}

// headerEntry is a tensor's description in the order of the reference writer.
type headerEntry struct {
	DType       string   `json:"dtype"`
	Shape       []int    `json:"shape"`
	DataOffsets [2]int64 `json:"data_offsets"`
}
