package encoder

import (
	"context"

	"github.com/spf13/pflag"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/data/depth"
	"github.com/dino-go/dino/internal/data/folder"
	"github.com/dino-go/dino/internal/data/stored"
	"github.com/dino-go/dino/internal/inference"
	"github.com/dino-go/dino/internal/inference/features"
	"github.com/dino-go/dino/internal/usage"

	"github.com/dino-go/dino/internal/progress"
	"github.com/dino-go/dino/weights/layout"
)

// RegisterRange adds the flag --range.
func RegisterRange(f *pflag.FlagSet, choice *string) {
	f.StringVar(choice, "range", "", "what becomes black and white in images of more than 8 bits: type, auto, "+
		"channels or [low, high] (default: what the weights were trained with, or else auto)")
}

// Measure is [MeasureRange] with what --range says.
func (o Options) Measure(ctx context.Context, p *layout.Preprocessing, files depth.Files,
	printer *progress.Printer,
) error {
	return MeasureRange(ctx, o.Range, p, files, printer)
}

// MeasureRange sets what becomes black and white in images of more than 8 bits: what is asked for,
// else what the weights were trained with, else what is measured on the files, which is said.
// Images of further folders are then read like those of the first.
func MeasureRange(ctx context.Context, asked string, p *layout.Preprocessing, files depth.Files,
	printer *progress.Printer,
) error {
	choice := stored.Choice{Word: stored.Auto}
	switch {
	case asked != "":
		if err := choice.UnmarshalText([]byte(asked)); err != nil {
			return usage.Errorf("--range is %q: %w", asked, err)
		}
	case p.Range != stored.Range{}:
		return nil
	}
	reading, found, err := depth.Reading(ctx, files, inference.Reading(*p), choice)
	if err != nil {
		return err
	}
	p.Range = reading.Range
	if found.Images > 0 {
		printer.Note("range %s: %s", choice, found)
	}
	return nil
}

// Source is where the images of an index come from, read for a preparation.
func (o Options) Source(index *folder.Index, p layout.Preprocessing) features.Source {
	return features.Source{Index: index, Decode: Decoder(p), Workers: o.Workers, Batch: o.Batch}
}

// Decoder reads images for a preparation.
func Decoder(p layout.Preprocessing) func(path string) (*augment.Image, error) {
	return inference.Reading(p).DecodeFile
}
