package config

import (
	"bytes"
	"cmp"
	"fmt"
	"reflect"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/dino-go/dino/internal/bounded"
	"github.com/dino-go/dino/internal/terminal"
)

// layer is one overlay, and where it came from.
type layer struct {
	origin string   // for errors: the path of a file, a flag, or a setting
	file   bool     // the lines of origin tell something
	body   ast.Node // nil for nothing
}

// newLayer parses a document. What a value must be is checked when it is laid over a configuration.
func newLayer(origin string, file bool, text []byte) (layer, error) {
	l := layer{origin: origin, file: file}
	if err := bounded.YAML(text); err != nil {
		return l, fmt.Errorf("config: %s: %w", origin, err)
	}
	// some editors begin a file with it, as YAML allows
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	// the assigner names the option that is there twice
	parsed, err := parser.ParseBytes(text, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return l, l.wrapAs("it is no YAML from here on: ", err)
	}
	if len(parsed.Docs) > 1 {
		return l, fmt.Errorf("config: %s: has %d documents: a configuration is one; remove the lines of ---", origin,
			len(parsed.Docs))
	}
	if len(parsed.Docs) == 1 {
		l.body = parsed.Docs[0].Body
	}
	if _, comments := l.body.(*ast.CommentGroupNode); comments {
		l.body = nil
	}
	return l, nil
}

// into lays l over a configuration. It returns the lines of the options that it held.
func (l layer) into(c *Config) (lines map[string]int, err error) {
	a := assigner{map[string]int{}}
	if l.body == nil {
		return a.lines, nil
	}
	if err := a.assign(l.body, reflect.ValueOf(c).Elem(), ""); err != nil {
		return nil, l.wrap(err)
	}
	return a.lines, nil
}

// wrap says where an error comes from, and shows the line of a file.
func (l layer) wrap(err error) error { return l.wrapAs("", err) }

// wrapAs is [layer.wrap] with words of ours in front of those of the parser.
func (l layer) wrapAs(words string, err error) error {
	text := yaml.FormatError(err, false, l.file)
	if place := madePosition.FindString(text); words != "" {
		text = place + words + strings.TrimPrefix(text, place)
	}
	if !l.file { // its lines were made from the setting
		text = madePosition.ReplaceAllString(text, "")
	}
	return fmt.Errorf("config: %s: %s", l.origin, legible(text))
}

// madePosition is where an error is in a text that was made from a setting.
var madePosition = regexp.MustCompile(`^\[\d+:\d+\] `)

// legible cuts lines that are too long to read, and escapes what is no letter.
func legible(text string) string {
	const longest = 240
	lines := strings.Split(strings.TrimRight(text, " \n"), "\n")
	for i, line := range lines {
		runes := []rune(line)
		if len(runes) > longest {
			runes = append(runes[:longest], '…')
		}
		lines[i] = terminal.Line(string(runes))
	}
	return strings.Join(lines, "\n")
}

func readFile(path string) (layer, error) {
	text, err := bounded.Read(path, bounded.MaxSize)
	if err != nil {
		return layer{}, fmt.Errorf("config: %w", err)
	}
	return newLayer(path, true, text)
}

// Flag is a flag that is short for a setting.
type Flag struct {
	Name   string // with its dashes
	Option string
	Value  string // as it would be written in YAML
}

func (f Flag) layer() (layer, error) { return settingLayer(f.Name, f.Option, f.Value) }

// settingPath is the left side of a setting: the names of sections and an option, with dots
// between.
var settingPath = regexp.MustCompile(`^[a-z0-9_]+(\.[a-z0-9_]+)*$`)

// Setting is what errors call [Sources.Set].
func (s Sources) Setting() string { return cmp.Or(s.SetName, "--set") }

// parseSetting reads "a.b=c"; name is what errors call where it comes from.
func parseSetting(name, setting string) (layer, error) {
	path, value, ok := strings.Cut(setting, "=")
	if !ok || !settingPath.MatchString(path) {
		return layer{}, fmt.Errorf("config: %s %q: must have the form section.option=value, for example %s "+
			"train.epochs=50", name, cut(setting), name)
	}
	return settingLayer(name+" "+legible(cut(setting)), path, value)
}

// settingLayer is the YAML document a: {b: c} for an option a.b.
func settingLayer(origin, path, value string) (layer, error) {
	keys := strings.Split(path, separator)
	if len(keys) > bounded.MaxDepth {
		return layer{}, fmt.Errorf("config: %s: there is no option so deep%s", origin, didYouMean(path))
	}
	if strings.ContainsAny(value, "\r\n\u0085\u2028\u2029") {
		return layer{}, fmt.Errorf("config: %s: the value of %s has several lines: write it on one, in double "+
			"quotes with \\n", origin, path)
	}
	var text strings.Builder
	for i, key := range keys {
		fmt.Fprintf(&text, "%s%s:", strings.Repeat("  ", i), key)
		if i < len(keys)-1 {
			text.WriteByte('\n')
		}
	}
	fmt.Fprintf(&text, " %s\n", value)
	return newLayer(origin, false, []byte(text.String()))
}
