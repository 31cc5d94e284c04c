// Package imagesize is the flag for the width and height of images.
package imagesize

import (
	"errors"
	"fmt"
	"strings"

	"github.com/dino-go/dino/internal/option"
)

// Value is a height and width in pixels, in the order of the tensors and of model.vit.image_size;
// zero is a flag that was not given. It is written the other way round, as sizes of pictures are:
// width × height. It is a pflag.Value.
type Value [2]int

// Set reads a side, as 224, or WIDTHxHEIGHT, as 336x224.
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
		v[1-i] = n
	}
	return nil
}

// maxSide is more than any image has.
const maxSide = 1<<16 - 1

var errForm = errors.New("must be a side in pixels, as 224, or WIDTHxHEIGHT, as 336x224")

// String writes what Set reads.
func (v *Value) String() string {
	if *v == (Value{}) {
		return ""
	}
	return fmt.Sprintf("%dx%d", v[1], v[0])
}

// Type is the name of the flag's argument in help.
func (v *Value) Type() string { return "WIDTHxHEIGHT" }
