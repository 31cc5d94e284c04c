package onnx

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/dino-go/dino/weights"
)

// tiny is a model with every kind of part.
func tiny() *Model {
	return &Model{
		Name:    "tiny",
		Inputs:  []Value{{"x", []Dim{{Name: "batch"}, {Size: 2}}}},
		Outputs: []Value{{"y", []Dim{{Name: "batch"}, {Size: 2}}}},
		Nodes: []Node{{
			"n", "Softmax",
			[]string{"x"},
			[]string{"y"},
			[]Attribute{{"axis", int64(-1)}, {"epsilon", float32(0.5)}, {"perm", []int64{1, 0}}},
		}},
		Initializers: []Initializer{
			{Name: "w", Tensor: weights.FromFloat32s([]int{2}, []float32{1, 2})},
			{Name: "i", Tensor: weights.FromInt64s(nil, []int64{-3})},
		},
		Metadata: map[string]string{"a": "b"},
	}
}

func encoded(t testing.TB, m *Model) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := Encode(&out, m); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestDecodeRefusesCutFiles(t *testing.T) {
	whole := encoded(t, tiny())
	if _, err := Decode(whole); err != nil {
		t.Fatal(err)
	}
	for n := range whole {
		if m, err := Decode(whole[:n]); err == nil {
			t.Errorf("%d of %d bytes are read as %v", n, len(whole), m)
		}
	}
}

func TestDecodeErrors(t *testing.T) {
	opset := slices.Clip(message{}.message(modelOpsetImport, message{}.int(opsetVersion, Opset)))
	graph := func(m message) message { return opset.message(modelGraph, m) }
	initializer := func(m message) message { return graph(message{}.message(graphInitializer, m)) }
	node := func(attribute message) message {
		return graph(message{}.message(graphNode, message{}.message(nodeAttribute, attribute)))
	}
	for _, test := range []struct {
		data message
		want string
	}{
		{nil, "has 0 graphs and 0 operator sets"},
		{opset, "has 0 graphs"},
		{graph(nil).message(modelGraph, nil), "has 2 graphs"},
		{message{}.int(modelIRVersion, 9), "IR version is 9: this package reads up to 8"},
		{
			message{}.message(modelOpsetImport, message{}.int(opsetVersion, 18)),
			"operator set 18: this package reads 17",
		},
		{
			message{}.message(modelOpsetImport, message{}.text(opsetDomain, "com.microsoft")),
			`needs the operators of "com.microsoft"`,
		},
		{message{}.int(25, 1), "field 25 of ModelProto is unknown"},
		{graph(message{}.int(15, 1)), "field 15 of GraphProto is unknown"},
		{graph(message{}.text(graphName, "\xff")), "field 2 is not valid UTF-8"},
		{node(message{}.text(attributeName, "to").int(attributeType, 8)), `attribute "to" has type 8`},
		{node(message{}.int(4, 1)), "field 4 of AttributeProto is unknown"},
		{initializer(message{}.int(tensorDims, -1)), "is out of range"},
		{initializer(message{}.int(tensorDataType, 10)), "element type 10"},
		{
			initializer(message{}.int(tensorDataType, elementFloat).text(tensorName, "w").int(tensorDims, 3)),
			`initializer "w": F32 tensor of shape [3] needs 12 bytes, has 0`,
		},
		{initializer(message{}.text(tensorName, "w")), `initializer "w": unknown element type ""`},
		{initializer(message{}.int(tensorLocation, 2)), "data location is 2, want 1"},
		{
			initializer(message{}.message(tensorExternal, message{}.text(entryKey, "checksum"))),
			`unknown property "checksum"`,
		},
		{
			initializer(message{}.message(tensorExternal, message{}.text(entryKey, "offset").text(entryValue, "x"))),
			"invalid syntax",
		},
		{initializer(message{}.int(3, 1)), "field 3 of TensorProto is unknown"},
		{protowire.AppendTag(nil, modelGraph, protowire.Fixed64Type), "wire type 1, which ONNX does not use"},
	} {
		if _, err := Decode(test.data); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: got %v, want %q", []byte(test.data), err, test.want)
		}
	}
}

func TestReadNamesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.onnx")
	if _, err := Read(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("a missing file gives %v", err)
	}
	if err := os.WriteFile(path, []byte("PK\x03\x04"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("another file gives %v", err)
	}
}

func TestEncodeErrors(t *testing.T) {
	m := tiny()
	m.Initializers[0].Tensor.DType = weights.F16
	if err := Encode(&bytes.Buffer{}, m); err == nil || !strings.Contains(err.Error(), `initializer "w" has type F16`) {
		t.Errorf("got %v", err)
	}
	m = tiny()
	m.Nodes[0].Attributes[0].Value = "no"
	if err := Encode(&bytes.Buffer{}, m); err == nil ||
		!strings.Contains(err.Error(), `attribute "axis" has type string`) {
		t.Errorf("got %v", err)
	}
}

// FuzzDecode checks that what is read is written and read again without loss, whatever the bytes.
// An execution takes 1 to 8 µs of one core in a plain loop, and some 200 under the fuzzer, as one
// whose target is empty does here: Go zeroes, copies and compares 74 000 counters of the code in
// the test binary each time.
func FuzzDecode(f *testing.F) {
	f.Add(encoded(f, tiny()))
	f.Add([]byte{})
	f.Add([]byte("\x08\x08\x3a\x00\x42\x02\x10\x11"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Decode(data)
		if err != nil {
			return
		}
		once := encoded(t, m)
		again, err := Decode(once)
		if err != nil {
			t.Fatalf("what was written is refused: %v", err)
		}
		if !bytes.Equal(encoded(t, again), once) {
			t.Error("reading and writing again gives other bytes")
		}
	})
}
