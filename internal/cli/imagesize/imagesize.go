// Package imagesize is the flag for the height and width of images.
package imagesize

import (
	"errors"
	"fmt"
	"strings"

	"github.com/dino-go/dino/internal/option"
)

// Value is a height and width in pixels; zero is a flag that was not given. It is a pflag.Value.
type Value [2]int

// Set reads a side, as 224, or HEIGHTxWIDTH, as 224x336.
func (v *Value) Set(text string) error {
	parts := strings.Split(text, "x")
	if len(parts) == 1 {
		parts = append(parts, parts[0])
	}
	if len(parts) != 2 {
		return errForm
	}
	for i, part := range parts {
		n, err := option.ParseInt(part)
		if err != nil || n < 1 || n > maxSide {
			return errForm
		}
		v[i] = n
	}
	return nil
}

// maxSide is more than any image has.
const maxSide = 1<<16 - 1

var errForm = errors.New("must be a side in pixels, as 224, or HEIGHTxWIDTH, as 224x336")

// String writes what Set reads.
func (v *Value) String() string {
	if *v == (Value{}) {
		return ""
	}
	return fmt.Sprintf("%dx%d", v[0], v[1])
}

// Type is the name of the flag's argument in help.
func (v *Value) Type() string { return "HEIGHTxWIDTH" }
