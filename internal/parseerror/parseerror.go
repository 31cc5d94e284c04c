// Package parseerror says where a file is malformed and what was wanted there, and never what it
// holds. A file may be a link to another: an error that quotes it would carry the first line of a
// secret into logs, lists of bad files and pages.
//
// Tests: property (no error quotes its file), known answer.
package parseerror

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"

	"github.com/goccy/go-yaml"
)

// JSON is an error of [encoding/json] without the text that it quotes. Other errors, those of our
// own decoders, are returned as they are.
func JSON(err error) error {
	var syntax *json.SyntaxError
	var mistyped *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("it ends within a JSON value: %w", io.ErrUnexpectedEOF)
	case errors.As(err, &syntax):
		return fmt.Errorf("it is not JSON from byte %d on", syntax.Offset)
	case errors.As(err, &mistyped) && mistyped.Field != "":
		return fmt.Errorf("%s is no %s (before byte %d)", mistyped.Field, name(mistyped.Type), mistyped.Offset)
	case errors.As(err, &mistyped):
		return fmt.Errorf("a value is no %s (before byte %d)", name(mistyped.Type), mistyped.Offset)
	}
	return err
}

// name is what JSON calls a type.
func name(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Slice, reflect.Array:
		return "list"
	case reflect.Map, reflect.Struct:
		return "object"
	case reflect.String:
		return "text"
	case reflect.Bool:
		return "true or false"
	}
	return "number that fits"
}

// YAML is an error of goccy/go-yaml without the lines and values that it quotes. Other errors are
// returned as they are.
func YAML(err error) error {
	var malformed yaml.Error
	if !errors.As(err, &malformed) {
		return err
	}
	if token := malformed.GetToken(); token != nil && token.Position != nil {
		return fmt.Errorf("line %d, column %d: is not the YAML that was expected there", token.Position.Line,
			token.Position.Column)
	}
	return errors.New("is not the YAML that was expected")
}
