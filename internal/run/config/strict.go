package config

import (
	"encoding"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"github.com/dino-go/dino/internal/option"
)

// assign lays a value of YAML over an option or a section, and records in lines which options it
// held. It takes what is written, or says what the option requires: no unknown option, none twice,
// no other type, no number that readers of YAML disagree about.
type assigner struct{ lines map[string]int }

// wrong is an error at a node.
func wrong(node ast.Node, format string, args ...any) error {
	return &yaml.SyntaxError{Message: fmt.Sprintf(format, args...), Token: node.GetToken()}
}

func (a assigner) assign(node ast.Node, to reflect.Value, path string) error {
	switch node.(type) {
	case *ast.NullNode:
		return wrong(node, "%s has no value: write one, or leave it out", path)
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		return wrong(node, "%s: anchors, aliases and tags are not supported: write the value itself", described(path))
	}
	if isSection(to.Type()) {
		return a.section(node, to, path)
	}
	a.lines[path] = node.GetToken().Position.Line
	switch to.Kind() {
	case reflect.Array, reflect.Slice:
		return a.list(node, to, path)
	}
	text, plain := scalar(node)
	if list, ok := node.(*ast.SequenceNode); ok && hasText(to.Type()) {
		text = flow(list)
	}
	if problem := set(to, text, plain, node); problem != "" {
		return wrong(node, "%s is %s: %s", path, shown(node), problem)
	}
	if to.Kind() == reflect.String && text == "" && path != "data.dir" && path != "init" {
		return wrong(node, `%s is "": must not be empty`, path)
	}
	return nil
}

func (a assigner) section(node ast.Node, to reflect.Value, path string) error {
	options, ok := node.(ast.MapNode)
	if !ok {
		return wrong(node, "%s is %s: must hold options, each on a line as name: value", described(path), shown(node))
	}
	seen := map[string]bool{}
	for i := options.MapRange(); i.Next(); {
		if i.Key().IsMergeKey() {
			return wrong(i.Key(), "%s: merge keys are not supported: write the options themselves", described(path))
		}
		name := key(i.Key())
		below := strings.TrimPrefix(path+separator+name, separator)
		field, ok := fieldNamed(to, name)
		if !ok {
			return wrong(i.Key(), "there is no option %s%s", below, didYouMean(below))
		}
		if seen[name] {
			return wrong(i.Key(), "%s is there twice: keep one", below)
		}
		seen[name] = true
		if err := a.assign(i.Value(), field, below); err != nil {
			return err
		}
	}
	return nil
}

// described is a path for a message; that of the whole is empty.
func described(path string) string {
	if path == "" {
		return "the configuration"
	}
	return path
}

// plainKey is what needs no quotes in a message.
var plainKey = regexp.MustCompile(`^[a-zA-Z0-9_]+$`)

// key is the text of a key, in quotes where it could be mistaken.
func key(node ast.MapKeyNode) string {
	text := node.GetToken().Value
	if !plainKey.MatchString(text) {
		return strconv.Quote(cut(text))
	}
	return text
}

// fieldNamed returns the field of an option of a section.
func fieldNamed(section reflect.Value, name string) (reflect.Value, bool) {
	for i := range section.NumField() {
		if field := section.Type().Field(i); nameOf(field) == name && name != "" {
			return section.Field(i), true
		}
	}
	return reflect.Value{}, false
}

func (a assigner) list(node ast.Node, to reflect.Value, path string) error {
	list, ok := node.(*ast.SequenceNode)
	if !ok {
		return wrong(node, "%s is %s: must be a list, as %s", path, shown(node), example(to.Type()))
	}
	n := len(list.Values)
	if to.Kind() == reflect.Slice {
		to.Set(reflect.MakeSlice(to.Type(), n, n))
	} else if n != to.Len() {
		return wrong(node, "%s is a list of %d values: must have %d", path, n, to.Len())
	}
	for i, value := range list.Values {
		at := fmt.Sprintf("%s[%d]", path, i)
		if err := a.assign(value, to.Index(i), at); err != nil {
			return err
		}
	}
	return nil
}

// example is a list as an option of a type takes it.
func example(list reflect.Type) string {
	if list.Elem().Kind() == reflect.Float64 {
		return "[0.5, 0.5]"
	}
	return "[224, 224]"
}

// scalar is the text of a single value, and whether it stands without quotes.
func scalar(node ast.Node) (text string, plain bool) {
	switch n := node.(type) {
	case *ast.StringNode:
		return n.Value, n.Token.Type == token.StringType
	case *ast.LiteralNode:
		return n.Value.Value, false
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode, *ast.BoolNode:
		return node.GetToken().Value, true
	}
	return "", false
}

// flow is a list of single values and lists as it is written on one line.
func flow(list *ast.SequenceNode) string {
	var parts []string
	for _, value := range list.Values {
		if below, ok := value.(*ast.SequenceNode); ok {
			parts = append(parts, flow(below))
			continue
		}
		text, _ := scalar(value)
		parts = append(parts, text)
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// set sets an option of a single value, or says what it must be.
func set(to reflect.Value, text string, plain bool, node ast.Node) (problem string) {
	var err error
	switch {
	case hasText(to.Type()):
		err = to.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text))
	case to.Kind() == reflect.String:
		switch node.(type) {
		case *ast.StringNode, *ast.LiteralNode:
			to.SetString(text)
			return ""
		}
		return "must be text: put it in quotes"
	case !plain && text != "":
		return "must be written without quotes"
	default:
		err = setPlain(to, text)
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func setPlain(to reflect.Value, text string) error {
	switch to.Kind() {
	case reflect.Int:
		n, err := option.ParseInt(text)
		to.SetInt(int64(n))
		return err
	case reflect.Uint64:
		n, err := option.ParseUint(text)
		to.SetUint(n)
		return err
	case reflect.Float64:
		x, err := option.ParseFloat(text)
		to.SetFloat(x)
		return err
	case reflect.Bool:
		if text != "true" && text != "false" {
			return fmt.Errorf("must be true or false")
		}
		to.SetBool(text == "true")
		return nil
	}
	return fmt.Errorf("options of type %s cannot be read", to.Type())
}

// shown is a value as it was written, not too long for a line.
func shown(node ast.Node) string { return cut(strings.TrimSpace(node.String())) }

// cut shortens a text for a message.
func cut(text string) string {
	const longest = 80
	runes := []rune(text)
	if len(runes) <= longest {
		return text
	}
	return string(runes[:longest]) + "…"
}
