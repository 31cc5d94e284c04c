package metrics

import (
	"encoding/json"
	"errors"
	"math"
	"strconv"

	"github.com/dino-go/dino/internal/bounded"
)

// errLine says that a line is no JSON object.
var errLine = errors.New("is no JSON object")

// scanFlat calls visit for every number of a line, in its order; null is NaN, and so is a number
// that float64 cannot hold. The name is valid during the call only. It reads what the lines of a
// run are, without taking memory: an object of numbers and nulls with names that need no escapes.
// False says that the text is something else, of which a part may have been visited: see [scanAny].
func scanFlat(text []byte, visit func(name []byte, value float64)) bool {
	text = skipSpace(text)
	if len(text) == 0 || text[0] != '{' {
		return false
	}
	for text = skipSpace(text[1:]); ; text = skipSpace(text[1:]) {
		name, rest, ok := plainName(text)
		if !ok {
			return false
		}
		if rest = skipSpace(rest); len(rest) == 0 || rest[0] != ':' {
			return false
		}
		rest = skipSpace(rest[1:])
		n := valueLength(rest)
		value, ok := number(rest[:n])
		if !ok {
			return false
		}
		visit(name, value)
		if text = skipSpace(rest[n:]); len(text) == 0 {
			return false
		}
		if text[0] == '}' {
			return len(skipSpace(text[1:])) == 0
		}
		if text[0] != ',' {
			return false
		}
	}
}

// scanAny is the same for any JSON object, in no order, by encoding/json. Values that are no
// numbers are passed over.
func scanAny(text []byte, visit func(name []byte, value float64)) error {
	if bounded.JSON(text) != nil {
		return errLine
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil || fields == nil {
		return errLine
	}
	for name, stored := range fields {
		if value, ok := number(stored); ok {
			visit([]byte(name), value)
		}
	}
	return nil
}

// plainName takes a string of printable ASCII without escapes.
func plainName(text []byte) (name, rest []byte, ok bool) {
	if len(text) == 0 || text[0] != '"' {
		return nil, nil, false
	}
	for i, c := range text[1:] {
		switch {
		case c == '"':
			return text[1 : i+1], text[i+2:], true
		case c < ' ' || c > '~' || c == '\\':
			return nil, nil, false
		}
	}
	return nil, nil, false
}

func skipSpace(text []byte) []byte {
	for len(text) > 0 && (text[0] == ' ' || text[0] == '\t' || text[0] == '\r' || text[0] == '\n') {
		text = text[1:]
	}
	return text
}

// valueLength is how far a number or a word goes.
func valueLength(text []byte) int {
	for i, c := range text {
		if c == ',' || c == '}' || c <= ' ' {
			return i
		}
	}
	return len(text)
}

// number reads a number as JSON has it, or null.
func number(text []byte) (float64, bool) {
	if string(text) == "null" {
		return math.NaN(), true
	}
	if !isNumber(text) {
		return 0, false
	}
	value, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return math.NaN(), true // out of range: the grammar has been checked
	}
	return value, true
}

// isNumber tells whether a text is a number by the grammar of JSON, which is narrower than that of
// strconv.
func isNumber(text []byte) bool {
	if len(text) > 0 && text[0] == '-' {
		text = text[1:]
	}
	whole := digits(text)
	if whole == 0 || whole > 1 && text[0] == '0' {
		return false
	}
	text = text[whole:]
	if len(text) > 0 && text[0] == '.' {
		n := digits(text[1:])
		if n == 0 {
			return false
		}
		text = text[1+n:]
	}
	if len(text) > 0 && (text[0] == 'e' || text[0] == 'E') {
		text = text[1:]
		if len(text) > 0 && (text[0] == '+' || text[0] == '-') {
			text = text[1:]
		}
		n := digits(text)
		if n == 0 {
			return false
		}
		text = text[n:]
	}
	return len(text) == 0
}

// digits counts the decimal digits that a text begins with.
func digits(text []byte) int {
	for i, c := range text {
		if c < '0' || c > '9' {
			return i
		}
	}
	return len(text)
}
