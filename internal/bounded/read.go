// Package bounded reads text files that somebody else may have written, within bounds of size and
// nesting that are checked before a parser sees the text: parsers spend memory in proportion to
// either, or to both multiplied.
package bounded

import (
	"fmt"
	"io"

	"github.com/dino-go/dino/internal/regularfile"
)

// Bounds of what people write by hand and programs beside it: a configuration has 10 KB and five
// levels.
const (
	MaxSize  = 1 << 20 // bytes
	MaxDepth = 32      // values within values
)

// Read returns the content of a file of at most limit bytes.
func Read(path string, limit int64) ([]byte, error) {
	f, err := regularfile.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(text)) > limit {
		return nil, fmt.Errorf("%s: has more than %d bytes, which no such file needs", path, limit)
	}
	return text, nil
}

// errDepth is the error of a text that is nested too deeply.
func errDepth(line int) error {
	return fmt.Errorf("line %d: values are nested more than %d deep", line, MaxDepth)
}
