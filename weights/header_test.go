package weights

import (
	"fmt"
	"strings"
	"testing"
)

func TestParseHeader(t *testing.T) {
	text := `{"__metadata__":{"format":"pt"},"b":{"dtype":"F32","shape":[2,1],"data_offsets":[4,12]},` +
		`"a":{"shape":[],"data_offsets":[0,4],"dtype":"I32"},"empty":{"dtype":"F64","shape":[0],"data_offsets":[12,12]}}   `
	h, err := parseHeader([]byte(text), 12)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(h.names, h.metadata, h.tensors["b"].Shape); got != "[a b empty] map[format:pt] [2 1]" {
		t.Errorf("got %s", got)
	}
}

func TestParseHeaderErrors(t *testing.T) {
	const a = `{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}`
	tests := []struct{ text, want string }{
		{``, "does not begin with '{'"},
		{`[]`, "does not begin with '{'"},
		{"{\"\xff\":1}", "not valid UTF-8"},
		{`{`, "not valid JSON"},
		{`{"a"`, "not valid JSON"},
		{`{"a":1}`, `tensor "a": header has something else where an object must be`},
		{a + `} x`, "bytes after its JSON object"},
		{a + `,"a":{"dtype":"U8","shape":[0],"data_offsets":[4,4]}}`, `name "a" appears twice`},
		{`{"a":{"dtype":"U8","dtype":"U8","shape":[4],"data_offsets":[0,4]}}`, `name "dtype" appears twice`},
		{`{"a":{"dtype":"U8","shape":[4]}}`, "must have the fields dtype, shape and data_offsets"},
		{`{"a":{"DType":"U8","shape":[4],"data_offsets":[0,4]}}`, `unknown field "DType"`},
		{`{"a":{"dtype":"f8 e5m2","shape":[4],"data_offsets":[0,4]}}`, `unknown element type "f8 e5m2"`},
		{`{"a":{"dtype":7,"shape":[4],"data_offsets":[0,4]}}`, "dtype is not a string"},
		{`{"a":{"dtype":"U8","shape":4,"data_offsets":[0,4]}}`, "where an array for shape must be"},
		{`{"a":{"dtype":"U8","shape":["4"],"data_offsets":[0,4]}}`, "shape has an element that is not a number"},
		{`{"a":{"dtype":"U8","shape":[-4],"data_offsets":[0,4]}}`, "shape has the element -4"},
		{`{"a":{"dtype":"U8","shape":[4.0],"data_offsets":[0,4]}}`, "shape has the element 4.0"},
		{`{"a":{"dtype":"F64","shape":[4294967296,4294967296],"data_offsets":[0,0]}}`, "overflows"},
		{`{"a":{"dtype":"U8","shape":[4],"data_offsets":[4,0]}}`, "data_offsets is [4 0]"},
		{`{"a":{"dtype":"U8","shape":[4],"data_offsets":[0]}}`, "data_offsets is [0]"},
		{
			`{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,4]}}`,
			"data_offsets span 4 bytes, F32 of shape [4] needs 16",
		},
		{
			`{"a":{"dtype":"U8","shape":[5],"data_offsets":[0,5]}}`,
			`tensor "a": bytes [0, 5) lie outside the data section of 4 bytes`,
		},
		{`{"a":{"dtype":"U8","shape":[3],"data_offsets":[1,4]}}`, `tensor "a": data begins at byte 1, want 0`},
		{`{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}`, "data section has 4 bytes, the tensors cover 3"},
		{a + `,"b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}`, `tensor "b": data begins at byte 2, want 4`},
		{`{"__metadata__":{"a":1}}`, `value of "a" is not a string`},
		{`{"__metadata__":"x"}`, "where an object must be"},
	}
	for _, test := range tests {
		_, err := parseHeader([]byte(test.text), 4)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s\n\tgot error %v\n\twant      %s", test.text, err, test.want)
		}
	}
}

// FuzzParseHeader checks that what the parser accepts describes the data section byte for byte,
// whatever the text. An execution takes 4 to 9 µs of one core in a plain loop; under the fuzzer it
// is some 100, for the 31 000 counters of the code in the test binary.
func FuzzParseHeader(f *testing.F) {
	f.Add([]byte(`{}`), uint16(0))
	f.Add([]byte(`{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}} `),
		uint16(24))
	f.Add([]byte(`{"a":{"dtype":"I64","shape":[],"data_offsets":[0,8]},`+
		`"b":{"dtype":"BOOL","shape":[0,9],"data_offsets":[8,8]}}`), uint16(8))
	f.Add([]byte(`{"a":{"dtype":"U8","shape":[18446744073709551615],"data_offsets":[0,1]}}`), uint16(1))
	f.Fuzz(func(t *testing.T, text []byte, dataSize uint16) {
		h, err := parseHeader(text, int64(dataSize))
		if err != nil {
			return
		}
		covered := make([]bool, dataSize)
		for _, name := range h.names {
			info := h.tensors[name]
			size, err := byteLen(info.DType, info.Shape)
			if err != nil || size != info.end-info.begin {
				t.Fatalf("%q: %d bytes for %s%v (%v)", name, info.end-info.begin, info.DType, info.Shape, err)
			}
			for i := info.begin; i < info.end; i++ {
				if covered[i] {
					t.Fatalf("byte %d belongs to two tensors", i)
				}
				covered[i] = true
			}
		}
		for i, c := range covered {
			if !c {
				t.Fatalf("byte %d belongs to no tensor", i)
			}
		}
	})
}
