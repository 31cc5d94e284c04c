package weights

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"sort"
	"strconv"
	"unicode/utf8"

	"github.com/dino-go/dino/internal/parseerror"
)

// metadataKey is the one reserved name of a safetensors header. Its value maps
// strings to strings.
const metadataKey = "__metadata__"

// Info describes a tensor of a file without its data.
type Info struct {
	DType string
	Shape []int

	begin, end int64 // byte range within the data section
}

// header is a parsed and verified safetensors header.
type header struct {
	names    []string // sorted
	tensors  map[string]Info
	metadata map[string]string
}

// parseHeader parses the JSON text of a safetensors header and verifies it
// against the size of the data section that follows: known types, sizes that
// equal type × shape, and ranges that cover the section without gap or overlap.
func parseHeader(text []byte, dataSize int64) (*header, error) {
	if !utf8.Valid(text) {
		return nil, errors.New("header is not valid UTF-8")
	}
	if len(text) == 0 || text[0] != '{' {
		return nil, errors.New("header does not begin with '{'; not a safetensors file")
	}
	h := &header{tensors: map[string]Info{}}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	err := eachMember(dec, func(name string) error {
		if name == metadataKey {
			return h.parseMetadata(dec)
		}
		info, err := parseInfo(dec)
		if err != nil {
			return fmt.Errorf("tensor %q: %w", name, err)
		}
		h.names = append(h.names, name)
		h.tensors[name] = info
		return nil
	})
	if err != nil {
		return nil, err
	}
	if rest := bytes.TrimRight(text[dec.InputOffset():], " "); len(rest) != 0 {
		return nil, fmt.Errorf("header has %d bytes after its JSON object that are not padding", len(rest))
	}
	sort.Strings(h.names)
	return h, h.checkCoverage(dataSize)
}

func (h *header) parseMetadata(dec *json.Decoder) error {
	h.metadata = map[string]string{}
	return eachMember(dec, func(key string) error {
		token, err := dec.Token()
		if err != nil {
			return malformed(err)
		}
		value, ok := token.(string)
		if !ok {
			return fmt.Errorf("%s: value of %q is not a string", metadataKey, key)
		}
		h.metadata[key] = value
		return nil
	})
}

// checkCoverage verifies that the tensors' byte ranges tile the data section.
func (h *header) checkCoverage(dataSize int64) error {
	order := append([]string{}, h.names...)
	sort.SliceStable(order, func(i, j int) bool {
		a, b := h.tensors[order[i]], h.tensors[order[j]]
		if a.begin != b.begin {
			return a.begin < b.begin
		}
		return a.end < b.end
	})
	var position int64
	for _, name := range order {
		t := h.tensors[name]
		if t.end > dataSize {
			return fmt.Errorf("tensor %q: bytes [%d, %d) lie outside the data section of %d bytes; the file is cut "+
				"off or damaged",
				name, t.begin, t.end, dataSize)
		}
		if t.begin != position {
			return fmt.Errorf("tensor %q: data begins at byte %d, want %d: tensors must lie back to back", name,
				t.begin, position)
		}
		position = t.end
	}
	if position != dataSize {
		return fmt.Errorf("data section has %d bytes, the tensors cover %d", dataSize, position)
	}
	return nil
}

// parseInfo reads one tensor's description: dtype, shape and data_offsets.
func parseInfo(dec *json.Decoder) (Info, error) {
	var info Info
	var shape, offsets []int64
	seen := 0
	err := eachMember(dec, func(key string) (err error) {
		seen++
		switch key {
		case "dtype":
			info.DType, err = parseString(dec, key)
		case "shape":
			shape, err = parseInts(dec, key)
		case "data_offsets":
			offsets, err = parseInts(dec, key)
		default:
			err = fmt.Errorf("unknown field %q; known are dtype, shape, data_offsets", key)
		}
		return err
	})
	if err != nil {
		return Info{}, err
	}
	if seen != 3 {
		return Info{}, errors.New("must have the fields dtype, shape and data_offsets")
	}
	info.Shape = make([]int, len(shape))
	for i, d := range shape {
		info.Shape[i] = int(d)
		if int64(info.Shape[i]) != d {
			return Info{}, fmt.Errorf("dimension %d of the shape does not fit this machine's int", d)
		}
	}
	if len(offsets) != 2 || offsets[0] > offsets[1] {
		return Info{}, fmt.Errorf("data_offsets is %v, want [begin, end] with begin ≤ end", offsets)
	}
	info.begin, info.end = offsets[0], offsets[1]
	if _, known := dtypeSize[info.DType]; !known && typeLike(info.DType) {
		return info, nil // of a tensor that is not needed; whoever reads it hears of its type
	}
	want, err := byteLen(info.DType, info.Shape)
	if err != nil {
		return Info{}, err
	}
	if got := info.end - info.begin; got != want {
		return Info{}, fmt.Errorf("data_offsets span %d bytes, %s of shape %v needs %d", got, info.DType, info.Shape,
			want)
	}
	return info, nil
}

// eachMember reads a JSON object from dec and calls member for every key, in
// order, with dec placed before the value. A repeated key is an error.
func eachMember(dec *json.Decoder, member func(key string) error) error {
	if err := expect(dec, '{', "an object"); err != nil {
		return err
	}
	seen := map[string]bool{}
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return malformed(err)
		}
		key := token.(string) // the decoder allows only strings here
		if seen[key] {
			return fmt.Errorf("name %q appears twice", key)
		}
		seen[key] = true
		if err := member(key); err != nil {
			return err
		}
	}
	return expect(dec, '}', "the end of an object")
}

func parseString(dec *json.Decoder, key string) (string, error) {
	token, err := dec.Token()
	if err != nil {
		return "", malformed(err)
	}
	s, ok := token.(string)
	if !ok {
		return "", fmt.Errorf("%s is not a string", key)
	}
	return s, nil
}

// parseInts reads a JSON array of non-negative integers.
func parseInts(dec *json.Decoder, key string) ([]int64, error) {
	if err := expect(dec, '[', "an array for "+key); err != nil {
		return nil, err
	}
	var out []int64
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return nil, malformed(err)
		}
		number, ok := token.(json.Number)
		if !ok {
			return nil, fmt.Errorf("%s has an element that is not a number, want non-negative integers", key)
		}
		v, err := strconv.ParseUint(number.String(), 10, 63)
		if err != nil {
			return nil, fmt.Errorf("%s has the element %s, want a non-negative integer below 2^63", key, number)
		}
		out = append(out, int64(v))
	}
	return out, expect(dec, ']', "the end of an array")
}

func expect(dec *json.Decoder, want json.Delim, what string) error {
	token, err := dec.Token()
	if err != nil {
		return malformed(err)
	}
	if token != want {
		return fmt.Errorf("header has something else where %s must be", what)
	}
	return nil
}

func malformed(err error) error {
	return fmt.Errorf("header is not valid JSON: %w", parseerror.JSON(err))
}

// typeLike tells the name of an element type, which may be one that this package does not read:
// F8_E4M3 and those that come after it.
func typeLike(name string) bool {
	for _, r := range name {
		if r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') {
			return false
		}
	}
	return name != "" && len(name) <= 16
}
