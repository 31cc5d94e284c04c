package layout

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/dino-go/dino/internal/bounded"
	"github.com/dino-go/dino/internal/parseerror"
)

// document is a JSON object of a side file. Every field of it is read, or known to change no
// feature, or an error: see [fates].
type document struct {
	name   string // of the file, and of the object within it
	fields map[string]json.RawMessage
	// known tells that the object is one of those that it is read as, so that an error may quote
	// it.
	known bool
}

// maxHubFile bounds a file of the hub, in bytes; one that names 22 000 classes has 2 MB.
const maxHubFile = 16 << 20

// readDocument reads a file if it is there.
func readDocument(path string) (document, error) {
	d := document{name: filepath.Base(path)}
	text, err := bounded.Read(path, maxHubFile)
	if errors.Is(err, fs.ErrNotExist) {
		return d, nil
	}
	if err != nil {
		return d, err
	}
	if err = bounded.JSON(text); err == nil {
		err = json.NewDecoder(bytes.NewReader(text)).Decode(&d.fields)
	}
	if err != nil {
		return d, fmt.Errorf("%s: %w", path, parseerror.JSON(err))
	}
	return d, nil
}

// unmarshal reads JSON that stands in the metadata of a file.
func unmarshal(text string, into any) error {
	if err := bounded.JSON([]byte(text)); err != nil {
		return err
	}
	return json.Unmarshal([]byte(text), into)
}

// has tells whether a field is there and not null.
func (d document) has(field string) bool {
	value, ok := d.fields[field]
	return ok && string(value) != "null"
}

// word is the text of a field, empty where there is none.
func (d document) word(field string) string {
	var s string
	if json.Unmarshal(d.fields[field], &s) != nil {
		return ""
	}
	return s
}

// read decodes a field if it is there.
func (d document) read(field string, into any) error {
	if !d.has(field) {
		return nil
	}
	if err := json.Unmarshal(d.fields[field], into); err != nil {
		return d.errorf(field, "%v", parseerror.JSON(err))
	}
	return nil
}

// object is a field that is an object.
func (d document) object(field string) (document, error) {
	out := document{name: d.name + ": " + field, known: d.known}
	return out, d.read(field, &out.fields)
}

// errorf is an error about a field.
func (d document) errorf(field, format string, args ...any) error {
	return fmt.Errorf("%s: %s %s", d.name, field, fmt.Sprintf(format, args...))
}

// refuse is an error about the value of a field: what it must be, and what is to be done.
func (d document) refuse(field, must string) error {
	if !d.known {
		return d.errorf(field, "has a value that is not known here: must be %s", must)
	}
	return d.errorf(field, "is %s: must be %s", short(d.fields[field]), must)
}

// short is a value as JSON, of which a long one is cut off.
func short(value json.RawMessage) string {
	var b bytes.Buffer
	if json.Compact(&b, value) != nil {
		return "malformed"
	}
	const most = 60
	if b.Len() > most {
		return string([]rune(b.String())[:most/2]) + "…"
	}
	return b.String()
}

// check holds the object against a table: a field that is in none of its rows is an error, and so
// is a value that a row does not allow.
func (d document) check(table map[string]fate) error {
	for _, field := range slices.Sorted(maps.Keys(d.fields)) {
		fate, ok := table[field]
		switch {
		case !ok && !d.known:
			return fmt.Errorf("%s: has a field that is not known here, among %d", d.name, len(d.fields))
		case !ok:
			return fmt.Errorf("%s: the field %s (%s) is not known here, and may change the features: remove it from "+
				"the file if it does not", d.name, quotable(field), short(d.fields[field]))
		case fate.only == nil:
		case !slices.ContainsFunc(fate.only, func(only string) bool { return equalJSON(d.fields[field], only) }):
			return d.refuse(field, oneOf(fate.only)+", since "+fate.why)
		}
	}
	return nil
}

func oneOf(values []string) string {
	text := values[0]
	for _, v := range values[1:] {
		text += " or " + v
	}
	return text
}

func equalJSON(value json.RawMessage, want string) bool {
	var b bytes.Buffer
	return json.Compact(&b, value) == nil && b.String() == want
}

// quotable is a name of a field or a kind, cut to what such names are made of.
func quotable(name string) string {
	if !nameLike.MatchString(name) {
		return "with an odd name"
	}
	return name
}

var nameLike = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,80}$`)
