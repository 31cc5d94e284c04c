package config

import (
	"encoding"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// newLayer parses a document and reports what the decoder would take in silence: a missing value (which leaves the option as it was), a
// fraction for a whole number (which it cuts off), a number for a text, a list of another length than its option's, a second document.
func newLayer(origin string, text []byte) (layer, error) {
	l := layer{origin, text}
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return l, l.wrap(err)
	}
	if len(file.Docs) > 1 {
		return l, fmt.Errorf("config: %s: has %d documents: a configuration is one; remove the lines of ---", origin, len(file.Docs))
	}
	if len(file.Docs) == 0 || file.Docs[0].Body == nil {
		l.text = []byte("{}") // nothing but comments, which the decoder would take for zeros
		return l, nil
	}
	if err := checkNode(file.Docs[0].Body, reflect.TypeFor[Config]()); err != nil {
		return l, l.wrap(err)
	}
	return l, nil
}

// wrong is an error at a node.
func wrong(node ast.Node, format string, args ...any) error {
	return &yaml.SyntaxError{Message: fmt.Sprintf(format, args...), Token: node.GetToken()}
}

// checkNode checks a value against the type of its option. What the decoder itself refuses, such as an unknown key, is left to it.
func checkNode(node ast.Node, t reflect.Type) error {
	switch node.(type) {
	case *ast.NullNode:
		return wrong(node, "the value is missing")
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		return wrong(node, "anchors, aliases and tags are not supported: write the value itself")
	}
	if reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		return checkText(node, t)
	}
	switch t.Kind() {
	case reflect.Struct:
		return checkOptions(node, t)
	case reflect.Array, reflect.Slice:
		return checkList(node, t)
	case reflect.Int, reflect.Uint64:
		return checkWhole(node)
	case reflect.Float64:
		return checkNumber(node)
	case reflect.String:
		return checkString(node)
	}
	return nil
}

func checkOptions(node ast.Node, t reflect.Type) error {
	options, ok := node.(ast.MapNode)
	if !ok {
		return nil
	}
	for i := options.MapRange(); i.Next(); {
		if i.Key().IsMergeKey() {
			return wrong(i.Key(), "merge keys are not supported: write the options themselves")
		}
		if field, ok := optionType(t, i.Key().GetToken().Value); ok {
			if err := checkNode(i.Value(), field); err != nil {
				return err
			}
		}
	}
	return nil
}

// optionType returns the type of an option of a section.
func optionType(section reflect.Type, name string) (reflect.Type, bool) {
	for i := range section.NumField() {
		tag, _, _ := strings.Cut(section.Field(i).Tag.Get("yaml"), ",")
		if tag == name {
			return section.Field(i).Type, true
		}
	}
	return nil, false
}

func checkList(node ast.Node, t reflect.Type) error {
	list, ok := node.(*ast.SequenceNode)
	if !ok {
		return nil
	}
	if t.Kind() == reflect.Array && len(list.Values) != t.Len() {
		return wrong(node, "a list of %d values: must have %d", len(list.Values), t.Len())
	}
	for _, value := range list.Values {
		if err := checkNode(value, t.Elem()); err != nil {
			return err
		}
	}
	return nil
}

func checkWhole(node ast.Node) error {
	if x, ok := number(node); !ok || x != math.Trunc(x) {
		return wrong(node, "%s is no whole number", strings.TrimSpace(node.String()))
	}
	return nil
}

func checkNumber(node ast.Node) error {
	if x, ok := number(node); !ok || math.IsNaN(x) || math.IsInf(x, 0) {
		return wrong(node, "%s is no finite number", strings.TrimSpace(node.String()))
	}
	return nil
}

// number returns the value of a node that the decoder takes for a number. That includes what YAML 1.2 calls a text, such as 1e-3, but
// not in quotes.
func number(node ast.Node) (float64, bool) {
	switch n := node.(type) {
	case *ast.IntegerNode:
		return 0, true // the decoder checks its range
	case *ast.FloatNode:
		return n.Value, true
	case *ast.StringNode:
		x, err := strconv.ParseFloat(n.Value, 64)
		return x, err == nil && n.Token.Type == token.StringType
	}
	return 0, false
}

func checkString(node ast.Node) error {
	switch node.(type) {
	case *ast.StringNode, *ast.LiteralNode:
		return nil
	}
	return wrong(node, "%s is no text: put it in quotes", strings.TrimSpace(node.String()))
}

// checkText checks an option that has a written form of its own.
func checkText(node ast.Node, t reflect.Type) error {
	value := reflect.New(t).Interface().(encoding.TextUnmarshaler)
	if err := value.UnmarshalText([]byte(node.GetToken().Value)); err != nil {
		return wrong(node, "%v", err)
	}
	return nil
}
