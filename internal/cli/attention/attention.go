// Package attention is the verb `dino attention`: attention maps and patch tokens as pictures.
package attention

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dino-go/dino"
	"github.com/dino-go/dino/internal/data/video"
	"github.com/dino-go/dino/internal/inference"
	"github.com/dino-go/dino/internal/output/attnmap"
	"github.com/dino-go/dino/internal/usage"

	"github.com/dino-go/dino/internal/backend"
	"github.com/dino-go/dino/internal/cli/encoder"
	"github.com/dino-go/dino/internal/cli/imagesize"

	"github.com/dino-go/dino/internal/progress"

	"github.com/dino-go/dino/weights/layout"
)

// Options are the flags.
type Options struct {
	Weights     string
	Layout      string
	Prefix      string
	PosEmbed    string
	Heads       int
	Range       string
	Native      imagesize.Value // of the weights
	Backend     string
	Inputs      []string
	Out         string
	Size        imagesize.Value
	Shorter     int
	Mass        float64
	Colors      string
	Foreground  float64
	Masks       string
	Video       string
	FPS         float64
	Quiet, JSON bool
}

// defaultShorter is the shorter side to which larger images are reduced: the official visualisation
// has 480, and attention's memory grows with the square of the area.
const defaultShorter = 480

// NewCmd returns the verb.
func NewCmd() *cobra.Command {
	o := Options{Mass: attnmap.DefaultStyle().Mass, Colors: "viridis", Foreground: 0.5}
	cmd := &cobra.Command{
		Use:         "attention --weights W IMAGES… --out DIR",
		Annotations: usage.MakesFiles(),
		Short:       "Draw attention maps, masks and patch tokens of a network",
		Long: `Draw attention maps and patch tokens. For every image, DIR gets a folder with

  image.png         the image as the network saw it, cut to whole patches
  head-N.png        heat map of the class token's attention in the last block, head by head
  head-N-overlay.png   the same over the image
  head-N-mask.png   the patches that hold --mass of the head's attention, white
  head-N-masked.png the same over the image, red
  mean….png         the four of the heads' mean
  patches.png       patch tokens as colours: their principal components, fitted over all
                    images so that one colour means the same in all; the background is black

and DIR gets contact sheets, sheet.png (sheet-2.png …), with all of it.

IMAGES are files, folders and, where ffmpeg is installed, video files; every frame of
those is an image. --video writes a film of image, attention and colours (a video file
always gets one, attention.mp4). Images keep their size, but for a shorter side above
480 pixels, which is reduced to that; --size and --shorter change it.

--masks names a folder with a true map for each image, NAME.png: palette index or grey
value is the number of the object, 255 is void. For every object the best head's mask is
scored by the Jaccard index, and averaged over objects and then images, as in the paper.`,
		Example: `  dino attention --weights run photo.jpg --out attention
  dino attention --weights dino_deitsmall8_pretrain.pth photos --out attention --size 480
  dino attention --weights run clip.mp4 --out clip
  dino attention --weights run VOC/JPEGImages --masks VOC/SegmentationObject --out voc`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Inputs = args
			return run(cmd.Context(), progress.For(cmd, o.Quiet, o.JSON), o)
		},
	}
	o.flags(cmd)
	return cmd
}

func (o *Options) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.Weights, "weights", "", "run folder or weights of any layout that dino reads")
	f.StringVar(&o.Out, "out", "", "folder for the pictures; made if needed")
	f.Var(&o.Size, "size", "resize images to exactly this")
	f.IntVar(&o.Shorter, "shorter", 0, "resize images so that their shorter side has this many pixels")
	f.Float64Var(&o.Mass, "mass", o.Mass, "share of a head's attention that its mask holds; 0 draws no masks")
	f.StringVar(&o.Colors, "colors", o.Colors, "colours of heat maps: "+strings.Join(attnmap.ColorMapNames(), ", "))
	f.Float64Var(&o.Foreground, "foreground", o.Foreground,
		"where the foreground of patch colours begins, 0 to 1 on the first component; below 0 colours all")
	f.StringVar(&o.Masks, "masks", "", "folder with true maps, for the Jaccard index")
	f.StringVar(&o.Video, "video", "", "video file to write; needs ffmpeg")
	f.Float64Var(&o.FPS, "fps", 0, "frames a second of the video (default: those of the input, or 30)")
	f.StringVar(&o.Layout, "layout", "", "layout of the weights: "+strings.Join(layout.Layouts, ", ")+
		" (default: recognised)")
	encoder.RegisterRange(f, &o.Range)
	f.IntVar(&o.Heads, "heads", 0, "attention heads of the weights, which few files say")
	f.StringVar(&o.Prefix, "prefix", "", layout.PrefixHelp)
	f.StringVar(&o.PosEmbed, "pos-embed", "", layout.PosEmbedHelp())
	f.Var(&o.Native, "image-size", "native size of the weights in pixels, where the grid of patches is no square")
	f.StringVar(&o.Backend, "backend", backend.Auto, "compute engine")
	f.BoolVarP(&o.Quiet, "quiet", "q", false, "print errors only")
	f.BoolVar(&o.JSON, "json", false, "print JSON lines: one object an image, and one in the end")
}

func (o Options) validate() error {
	switch {
	case o.Weights == "":
		return errors.New("attention: --weights is missing: name a run folder or a file of weights, for example " +
			"--weights run")
	case len(o.Inputs) == 0:
		return errors.New("attention: no image is given: name files, folders or videos")
	case o.Out == "":
		return errors.New("attention: --out is missing: name a folder for the pictures, for example --out attention")
	case o.Size != imagesize.Value{} && o.Shorter != 0:
		return errors.New("attention: --size and --shorter exclude each other: give one")
	case o.Shorter < 0:
		return fmt.Errorf("attention: --shorter is %d: must be at least 1", o.Shorter)
	case !(o.Mass >= 0 && o.Mass <= 1):
		return fmt.Errorf("attention: --mass is %v: must be between 0 (no masks) and 1; 0.6 is usual", o.Mass)
	case !(o.Foreground < 1):
		return fmt.Errorf("attention: --foreground is %v: must be less than 1; 0.5 is usual", o.Foreground)
	case o.Masks != "" && o.Mass == 0:
		return errors.New("attention: --masks needs masks to compare with: --mass must not be 0")
	case o.FPS < 0:
		return fmt.Errorf("attention: --fps is %v: must be positive", o.FPS)
	case o.Video != "" && !video.IsVideo(o.Video):
		return fmt.Errorf("attention: --video is %q: the extension must be one of %s", o.Video,
			strings.Join(video.Extensions, ", "))
	}
	return nil
}

func run(ctx context.Context, printer *progress.Printer, o Options) error {
	if err := o.validate(); err != nil {
		return usage.Wrap(err)
	}
	colors, err := attnmap.NamedColorMap(o.Colors)
	if err != nil {
		return usage.Wrap(err)
	}
	if err := o.checkOutput(); err != nil {
		return usage.Wrap(err)
	}
	network, err := dino.Load(o.Weights, dino.WithBackend(o.Backend),
		dino.WithLayout(layout.Options{
			Layout: o.Layout, Heads: o.Heads, ImageSize: o.Native, Prefix: o.Prefix, PosEmbed: o.PosEmbed,
		}))
	if err != nil {
		return usage.Wrap(err)
	}
	if err := inference.CheckAttention(network.Config); err != nil {
		return usage.Errorf("attention: %s: %w", o.Weights, err)
	}
	frames, err := os.MkdirTemp("", "dino-frames-")
	if err != nil {
		return fmt.Errorf("attention: %w", err)
	}
	defer os.RemoveAll(frames)
	in, err := list(ctx, o.Inputs, frames)
	if err != nil {
		return usage.Wrap(err)
	}
	if err := o.checkMasks(in.images); err != nil {
		return usage.Wrap(err)
	}
	if in.fps > 0 {
		o.Video = cmp.Or(o.Video, filepath.Join(o.Out, "attention.mp4"))
	}
	o.FPS = cmp.Or(o.FPS, in.fps, 30)

	defer printer.Close()
	for _, note := range network.Notes {
		printer.Note("%s", note)
	}
	if err := encoder.MeasureRange(ctx, o.Range, &network.Preprocessing, in.paths(), printer); err != nil {
		return err
	}
	style := attnmap.DefaultStyle()
	style.Colors, style.Mass = colors, o.Mass
	g := &gallery{
		Options: o, network: network, images: in.images, style: style, printer: printer,
		decode: encoder.Decoder(network.Preprocessing), bad: map[int]string{},
	}
	return g.draw(ctx)
}
