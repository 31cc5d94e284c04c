package pickle

import (
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// find knows one class, and one function that doubles a number.
func find(module, name string) (any, error) {
	switch module + "." + name {
	case "m.Point":
		return Inert("m.Point"), nil
	case "m.double":
		return Function(double), nil
	}
	return nil, fmt.Errorf("class %s.%s is refused", module, name)
}

func double(args Tuple) (any, error) {
	if len(args) == 1 {
		if n, ok := args[0].(int64); ok {
			return 2 * n, nil
		}
	}
	return nil, errors.New("doubles one number")
}

func options() Options {
	return Options{
		Find: find, Memory: 1 << 20,
		Persistent: func(id any) (any, error) { return fmt.Sprint("data of ", id), nil },
	}
}

// dict builds a dict from keys and values.
func dict(pairs ...any) *Dict {
	d := &Dict{}
	for i := 0; i < len(pairs); i += 2 {
		d.Set(pairs[i], pairs[i+1])
	}
	return d
}

// Each pickle is written by hand after the documentation of Python's pickletools.
func TestDecode(t *testing.T) {
	huge, _ := new(big.Int).SetString("119547037146038801333356", 10)
	for _, test := range []struct {
		name, text string
		want       any
	}{
		{"none", "N.", nil},
		{"true", "\x80\x02\x88.", true},
		{"false", "\x89.", false},
		{"int 4", "J\xfe\xff\xff\xff.", int64(-2)},
		{"int 1", "K\xff.", int64(255)},
		{"int 2", "M\xff\xff.", int64(65535)},
		{"long 0", "\x8a\x00.", int64(0)},
		{"long -1", "\x8a\x01\xff.", int64(-1)},
		{"long 255", "\x8a\x02\xff\x00.", int64(255)},
		{"long 2^63-1", "\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f.", int64(1<<63 - 1)},
		{"long beyond", "\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", huge},
		{"float", "G\x3f\xf8\x00\x00\x00\x00\x00\x00.", 1.5},
		{"text", "X\x03\x00\x00\x00a\xc3\xa4.", "aä"},
		{"short text", "\x8c\x01a.", "a"},
		{"long text", "\x8d\x01\x00\x00\x00\x00\x00\x00\x00a.", "a"},
		{"text of Python 2", "U\x02abT\x01\x00\x00\x00c\x86.", Tuple{"ab", "c"}},
		{
			"bytes", "C\x01aB\x01\x00\x00\x00b\x8e\x01\x00\x00\x00\x00\x00\x00\x00c\x87.",
			Tuple{[]byte("a"), []byte("b"), []byte("c")},
		},
		{"tuples", ")K\x01\x85K\x02K\x03\x86\x87.", Tuple{Tuple{}, Tuple{int64(1)}, Tuple{int64(2), int64(3)}}},
		{"tuple from a mark", "(K\x01K\x02t.", Tuple{int64(1), int64(2)}},
		{"list", "](K\x01K\x02eK\x03a.", &List{[]any{int64(1), int64(2), int64(3)}}},
		{"dict", "}(X\x01\x00\x00\x00aK\x01K\x05NuX\x01\x00\x00\x00aK\x02s.", dict("a", int64(2), int64(5), nil)},
		{"set", "\x8f(K\x01K\x02\x90.", &Set{[]any{int64(1), int64(2)}}},
		{"frozen set", "(K\x01\x91.", &Set{[]any{int64(1)}}},
		{"memo of four bytes", "K\x07r\x01\x02\x00\x00j\x01\x02\x00\x00\x86.", Tuple{int64(7), int64(7)}},
		{"memoize", "\x80\x04\x95\x05\x00\x00\x00\x00\x00\x00\x00K\x07\x94h\x00\x86.", Tuple{int64(7), int64(7)}},
		{"dup and pop", "K\x01K\x022K\x030\x87.", Tuple{int64(1), int64(2), int64(2)}},
		{"pop to a mark", "K\x01(K\x02K\x031.", int64(1)},
		{"pop of a mark", "K\x01(0.", int64(1)},
		{
			"object", "cm\nPoint\nK\x01\x85RX\x01\x00\x00\x00sb.",
			&Object{Class: "m.Point", Args: Tuple{int64(1)}, State: "s"},
		},
		{"new object", "\x8c\x01m\x8c\x05Point\x93)\x81.", &Object{Class: "m.Point", Args: Tuple{}}},
		{"function", "cm\ndouble\nK\x15\x85R.", int64(42)},
		{"attributes of a dict", "}X\x01\x00\x00\x00ab.", &Dict{State: "a"}},
		{"persistent", "K\x07Q.", "data of 7"},
	} {
		got, n, err := Decode([]byte(test.text+"rest"), options())
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if n != len(test.text) {
			t.Errorf("%s: has %d bytes, want %d", test.name, n, len(test.text))
		}
		if diff := cmp.Diff(test.want, got, cmpopts.IgnoreUnexported(Dict{}), cmpopts.EquateEmpty(),
			cmp.Comparer(func(a, b *big.Int) bool { return a.Cmp(b) == 0 })); diff != "" {
			t.Errorf("%s (−want +got):\n%s", test.name, diff)
		}
	}
}

// What is fetched from the memo is the same object.
func TestMemoSharesObjects(t *testing.T) {
	got, _, err := Decode([]byte("]q\x01h\x01K\x01a\x86."), options())
	if err != nil {
		t.Fatal(err)
	}
	pair := got.(Tuple)
	if pair[0] != pair[1] || len(pair[0].(*List).Items) != 1 {
		t.Errorf("got %v and %v, want one list with one item", pair[0], pair[1])
	}
}

func TestDictGet(t *testing.T) {
	d := dict("a", int64(1), int64(1), "number", true, "truth")
	if v, ok := d.Get("a"); !ok || v != int64(1) {
		t.Errorf("got %v, %v", v, ok)
	}
	if _, ok := d.Get("1"); ok || len(d.Items) != 3 {
		t.Errorf("a number is found as text, or keys of several types are mixed: %v", d.Items)
	}
}

func TestDecodeErrors(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"", "ends in the middle"},
		{"K", "ends in the middle"},
		{"X\xff\xff\xff\xffabc.", "ends in the middle"},
		{"\x8d\xff\xff\xff\xff\xff\xff\xff\xffabc.", "ends in the middle"},
		{"cos", "ends in the middle"},
		{"cos\nsystem\n.", "class os.system is refused"},
		{"\x8c\x02os\x8c\x06system\x93.", "class os.system is refused"},
		{"K\x01\x8c\x01a\x93.", "names a class by values that are not strings"},
		{".", "ends with 0 values"},
		{"K\x01K\x02.", "ends with 2 values"},
		{"0", "empty stack"},
		{"K\x01\x86.", "empty stack"},
		{"K\x01(\x85.", "empty stack"},
		{"2", "empty stack"},
		{"t", "none is set"},
		{"K\x01K\x02a.", "adds an item to a int64"},
		{"K\x01K\x02K\x03s.", "sets an item of a int64"},
		{"}(K\x01u.", "a key has no value"},
		{"K\x01)R.", "calls a int64"},
		{"cm\nPoint\nK\x01R.", "with a int64, want a tuple"},
		{"K\x01Nb.", "gives a state to a int64"},
		{"h\x05.", "fetches value 5, which was not stored"},
		{"X\x01\x00\x00\x00\xff.", "not valid UTF-8"},
		{"\x80\x06.", "protocol 6"},
		{"I1\n.", "unknown opcode"},
		{"\x97.", "unknown opcode"},
		{"K\x01K\x02\xff", "byte 4: unknown opcode"},
	} {
		if _, _, err := Decode([]byte(test.text), options()); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: got %v, want %q", test.text, err, test.want)
		}
	}
	if _, _, err := Decode([]byte("K\x01Q."), Options{Memory: 1 << 20}); err == nil ||
		!strings.Contains(err.Error(), "refers to data outside") {
		t.Errorf("a persistent id where there are none: %v", err)
	}
}

// Each byte of these costs memory; none may cost more than allowed.
func TestMemoryIsBounded(t *testing.T) {
	for _, op := range []string{"]", "}", ")", "N", "(", "\x8f", "]\x94", "K\x01\x94", ")\x85", "\x8c\x01a"} {
		text := "]q\x00" + strings.Repeat(op, 100_000) + "."
		_, _, err := Decode([]byte(text), Options{Memory: 1 << 20})
		if !errors.Is(err, errMemory) {
			t.Errorf("%q: got %v, want that of memory", op, err)
		}
	}
	// One string, put into a list again and again, is one string.
	text := "]q\x00(X\x10\x27\x00\x00" + strings.Repeat("a", 10_000) + "q\x01" + strings.Repeat("h\x01", 1000) + "e."
	if _, _, err := Decode([]byte(text), Options{Memory: 1 << 20}); err != nil {
		t.Error(err)
	}
}
