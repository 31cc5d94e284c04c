package bounded

import (
	"fmt"

	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"
)

// maxTokens bounds the tokens of a YAML text: a configuration with every option has 600.
const maxTokens = 1 << 14

// YAML checks that a text has at most [MaxSize] bytes, nests its values at most [MaxDepth] deep and
// has no more than maxTokens tokens. Whether it is YAML is left to the parser. Splitting the text
// into tokens takes time and memory in proportion to its size, unlike parsing it.
func YAML(text []byte) error {
	if len(text) > MaxSize {
		return fmt.Errorf("has %d bytes: a configuration has at most %d", len(text), MaxSize)
	}
	tokens := lexer.Tokenize(string(text))
	var blocks []int // columns at which the open blocks began
	brackets := 0
	for i, t := range tokens {
		switch t.Type {
		case token.MappingStartType, token.SequenceStartType:
			brackets++
		case token.MappingEndType, token.SequenceEndType:
			brackets--
		case token.SequenceEntryType, token.MappingKeyType:
			blocks = within(blocks, t.Position.Column)
		default:
			if i+1 < len(tokens) && tokens[i+1].Type == token.MappingValueType && brackets <= 0 {
				blocks = within(blocks, t.Position.Column)
			}
		}
		if len(blocks)+max(brackets, 0) > MaxDepth {
			return errDepth(t.Position.Line)
		}
	}
	if len(tokens) > maxTokens {
		return fmt.Errorf("has %d tokens: a configuration has at most %d", len(tokens), maxTokens)
	}
	return nil
}

// PlainYAML is [YAML] for texts that are decoded by a library, which copies what an alias stands
// for: it allows none, for ten lines of aliases to aliases are a billion values.
func PlainYAML(text []byte) error {
	if err := YAML(text); err != nil {
		return err
	}
	for _, t := range lexer.Tokenize(string(text)) {
		switch t.Type {
		case token.AnchorType, token.AliasType, token.MergeKeyType:
			return fmt.Errorf("line %d: anchors, aliases and merge keys are not supported: write the values themselves",
				t.Position.Line)
		}
	}
	return nil
}

// within leaves the blocks that begin to the right of a column, and enters the one at it.
func within(blocks []int, column int) []int {
	for len(blocks) > 0 && blocks[len(blocks)-1] >= column {
		blocks = blocks[:len(blocks)-1]
	}
	return append(blocks, column)
}
