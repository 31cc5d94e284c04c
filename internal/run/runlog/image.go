package runlog

import (
	"bytes"
	"fmt"
	"image"
	_ "image/jpeg" // a form of images
	_ "image/png"  // another
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// Image is a picture for TensorBoard.
type Image struct {
	Tag     string // GROUP/NAME
	Content []byte // a PNG or JPEG
}

// WriteImages appends images that belong to a step.
func (e *Events) WriteImages(step int, images []Image, now time.Time) error {
	var summary []byte
	for _, img := range images {
		size, _, err := image.DecodeConfig(bytes.NewReader(img.Content))
		if err != nil {
			return fmt.Errorf("runlog: image %s: %w", img.Tag, err)
		}
		var message []byte
		for _, field := range []struct {
			number protowire.Number
			value  int
		}{{imageHeight, size.Height}, {imageWidth, size.Width}, {imageColorspace, colorspaceRGB}} {
			message = protowire.AppendTag(message, field.number, protowire.VarintType)
			message = protowire.AppendVarint(message, uint64(field.value))
		}
		message = appendMessage(message, imageEncoded, img.Content)
		value := protowire.AppendTag(nil, valueTag, protowire.BytesType)
		value = protowire.AppendString(value, img.Tag)
		summary = appendMessage(summary, summaryValue, appendMessage(value, valueImage, message))
	}
	return e.write(appendTFRecord(nil, appendMessage(event(step, now), eventSummary, summary)))
}
