package inference

import (
	"errors"
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/dino-go/dino/internal/backend"
	"github.com/dino-go/dino/internal/digits"
	"github.com/dino-go/dino/internal/memory"
)

// checkMemory compiles a pass for a shape of images, if that is not done yet, and refuses it where
// it would not fit into memory.
func (c *compiled) checkMemory(shape [4]int) error {
	if c.shapes[shape] {
		return nil
	}
	images := shapes.Make(dtypes.Float32, shape[:]...)
	g, err := c.exec.Compile(images)
	if err != nil {
		return fmt.Errorf("backbone: %w", err)
	}
	needed, ok := backend.PlannedMemory(g.Executable())
	var short *memory.Error
	if ok && errors.As(memory.Check(needed+2*int64(images.ByteSize())), &short) {
		return fmt.Errorf("backbone: a pass over %d images of %d×%d pixels %w: %s", shape[0], shape[3], shape[2], short,
			remedy(shape[0], short))
	}
	c.shapes[shape] = true
	return nil
}

// remedy says what would need less: what a pass takes grows with the number of its images.
func remedy(images int, short *memory.Error) string {
	each := short.Needed / int64(images)
	if n := short.Limit.Available / each; n > 0 && images > 1 {
		return fmt.Sprintf("%d images at a time would fit (--batch); smaller images (--size) and bfloat16 "+
			"(--precision) need less, too", n)
	}
	return fmt.Sprintf("one image needs about %s; smaller images (--size, --shorter) and bfloat16 "+
		"(--precision) need less", digits.Bytes(each))
}
