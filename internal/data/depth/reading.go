package depth

import (
	"context"

	"github.com/dino-go/dino/internal/data/imageio"
	"github.com/dino-go/dino/internal/data/stored"
)

// Reading is a reading with the range that is chosen, or else measured. What was found is empty
// where nothing was measured.
func Reading(ctx context.Context, files Files, base imageio.Reading, choice stored.Choice) (imageio.Reading, Found,
	error,
) {
	base.Range = choice.Range
	if !choice.Measured() {
		return base, Found{}, nil
	}
	found, err := Range(ctx, files, base, choice)
	base.Range = found.Range
	return base, found, err
}
