package depth

import (
	"context"

	"github.com/dino-go/dino/internal/data/imageio"
	"github.com/dino-go/dino/internal/data/stored"
)

// Reading is how the images of a data set are read, with the range that is chosen, or else
// measured. What was found is empty where nothing was measured.
func Reading(ctx context.Context, files Files, limits imageio.Limits, choice stored.Choice) (imageio.Reading, Found,
	error,
) {
	reading := imageio.Reading{Limits: limits, Range: choice.Range}
	if !choice.Measured() {
		return reading, Found{}, nil
	}
	found, err := Range(ctx, files, reading, choice)
	reading.Range = found.Range
	return reading, found, err
}
