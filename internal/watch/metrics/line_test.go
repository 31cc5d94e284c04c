package metrics

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
)

// slow reads a line by encoding/json alone.
func slow(text []byte) (map[string]float64, bool) {
	var fields map[string]any
	if json.Unmarshal(text, &fields) != nil || fields == nil {
		return nil, false
	}
	numbers := map[string]float64{}
	for name, value := range fields {
		switch value := value.(type) {
		case nil:
			numbers[name] = math.NaN()
		case float64:
			numbers[name] = value
		}
	}
	return numbers, true
}

func fast(text []byte) (map[string]float64, error) {
	numbers := map[string]float64{}
	take := func(name []byte, value float64) { numbers[string(name)] = value }
	if scanFlat(text, take) {
		return numbers, nil
	}
	clear(numbers)
	return numbers, scanAny(text, take)
}

func same(a, b map[string]float64) bool {
	if len(a) != len(b) {
		return false
	}
	for name, x := range a {
		y, ok := b[name]
		if !ok || x != y && !(math.IsNaN(x) && math.IsNaN(y)) {
			return false
		}
	}
	return true
}

var lineSeeds = []string{
	`{"step":0,"epoch":0,"loss":5.5,"kl":1e-7,"grad_norm":null}`,
	` { "step" : 1 , "loss" : -0.25E+2 } ` + "\r",
	`{"step":1,"loss":1,"loss":2}`, `{"a\u0062c":1}`, `{"é":1,"x":"text","y":[1,{"z":2}],"t":true,"w":{"v":1}}`,
	`{}`, `{"a":01}`, `{"a":+1}`, `{"a":.5}`, `{"a":5.}`, `{"a":0x1}`, `{"a":1_0}`, `{"a":inf}`, `{"a":NaN}`,
	`{"a":-}`, `{"a":1e}`, `{"a":1,}`, `{"a":1}x`, `{"a" 1}`, `{"a":1 "b":2}`, `{`, ``, `null`, `[1]`, `1`, `{"a":1`,
	"{\"a\":1}\x00", `{"a":--1}`, `{"":1}`, `{"a":1e-999}`,
}

func TestLine(t *testing.T) {
	for _, text := range lineSeeds {
		checkLine(t, []byte(text))
	}
	// what float64 cannot hold is a gap; encoding/json refuses the line
	if got, err := fast([]byte(`{"step":3,"loss":1e400}`)); err != nil || !math.IsNaN(got["loss"]) || got["step"] != 3 {
		t.Errorf("got %v, %v", got, err)
	}
	deep := `{"a":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + "}"
	if _, err := fast([]byte(deep)); err == nil {
		t.Error("values 40 deep were read")
	}
}

// checkLine compares the reading of a line with that of encoding/json.
func checkLine(t *testing.T, text []byte) {
	t.Helper()
	want, ok := slow(text)
	got, err := fast(text)
	if ok && err == nil && !same(got, want) {
		t.Errorf("%q: got %v, want %v", text, got, want)
	}
	if !ok && err == nil && !outOfRange(text) {
		t.Errorf("%q: got %v of what is no object", text, got)
	}
	if ok && err != nil && !nested(text) {
		t.Errorf("%q: %v", text, err)
	}
}

// outOfRange tells whether a text would be an object, if a number did not exceed float64: then
// decoding it with the numbers as text works.
func outOfRange(text []byte) bool {
	var fields map[string]json.RawMessage
	return json.Unmarshal(text, &fields) == nil && fields != nil
}

// nested tells whether a text may be deeper than is read.
func nested(text []byte) bool {
	opened := 0
	for _, c := range text {
		if c == '[' || c == '{' {
			opened++
		}
	}
	return opened > 32
}

// 15,000 executions a second on two busy cores.
func FuzzLine(f *testing.F) {
	for _, text := range lineSeeds {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) { checkLine(t, text) })
}

// The lines of a run take no memory.
func TestLinesAllocateNothing(t *testing.T) {
	var r row
	var c columns
	text := []byte(lineSeeds[0])
	if n := testing.AllocsPerRun(100, func() {
		if err := r.read(text, &c); err != nil || len(r.values) != 3 {
			t.Errorf("%v, %v", r, err)
		}
	}); n != 0 {
		t.Errorf("%v allocations a line", n)
	}
}
