package parseerror

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// target has a field of every kind.
type target struct {
	Number int
	Text   string
	Flag   bool
	List   []int
	Object struct{ Inner float64 }
}

// secret is in every file below, and must be in no error.
const secret = "zqxj"

func TestJSON(t *testing.T) {
	for text, want := range map[string]string{
		secret:                        "it is not JSON from byte 1 on",
		`{"number": zq}`:              "it is not JSON from byte 12 on",
		`{"number": "zqxj"}`:          "Number is no number that fits (before byte 17)",
		`{"number": 777123456789e30}`: "Number is no number that fits (before byte 26)",
		`{"text": 7771}`:              "Text is no text (before byte 13)",
		`{"flag": "zqxj"}`:            "Flag is no true or false (before byte 15)",
		`{"list": "zqxj"}`:            "List is no list (before byte 15)",
		`{"object": {"inner": "zq"}}`: "Object.Inner is no number that fits (before byte 25)",
		`["zqxj"]`:                    "a value is no object (before byte 1)",
		`{"text": "zq`:                "it ends within a JSON value: unexpected EOF",
	} {
		err := JSON(json.NewDecoder(strings.NewReader(text)).Decode(new(target)))
		if err == nil || !strings.EqualFold(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
		if err := JSON(json.Unmarshal([]byte(text), new(target))); err == nil || strings.Contains(err.Error(), "zq") ||
			strings.Contains(err.Error(), "777") {
			t.Errorf("%s: %v, want an error that does not quote it", text, err)
		}
	}
	if JSON(nil) != nil || JSON(io.ErrClosedPipe) != io.ErrClosedPipe || !errors.Is(JSON(io.EOF), io.ErrUnexpectedEOF) {
		t.Error("other errors change")
	}
}

func TestYAML(t *testing.T) {
	for _, text := range []string{
		"root:x:0:0:zqxj:/root:/bin/sh\nzqxj:x", "number: zqxj", "number: [zqxj", "\"zqxj", "zqxj", "list: zqxj",
		"object:\n  inner: zqxj", "a: *zqxj", "\tzqxj: 1", "number: 1\nnumber: zqxj",
	} {
		plain := yaml.Unmarshal([]byte(text), new(target))
		if plain == nil {
			t.Errorf("%q is read without an error", text)
			continue
		}
		if err := YAML(plain); err == nil || strings.Contains(err.Error(), "zq") ||
			strings.Contains(err.Error(), "root") {
			t.Errorf("%q: %v, want an error that does not quote it", text, err)
		}
	}
	if YAML(nil) != nil || YAML(io.ErrClosedPipe) != io.ErrClosedPipe {
		t.Error("other errors change")
	}
	err := YAML(yaml.Unmarshal([]byte("text: a\nnumber: zqxj"), new(target)))
	if want := "line 2, column 9: is not the YAML that was expected there"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}
