package evaluation

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/cli/encoder"
	"github.com/dino-go/dino/internal/destination"
	"github.com/dino-go/dino/internal/output/labelpng"
	"github.com/dino-go/dino/internal/usage"

	"github.com/dino-go/dino/internal/progress"
	"github.com/dino-go/dino/internal/terminal"
)

// segmentOptions are the flags of `dino eval segment`.
type segmentOptions struct {
	common
	Frames, Masks, Out string
	Short, Multiple    int
	Propagation        eval.LabelPropagation
}

func newSegment() *cobra.Command {
	o := segmentOptions{
		common: common{Options: encoder.Default()}, Short: 480, Multiple: 64,
		Propagation: eval.DefaultLabelPropagation(),
	}
	cmd := &cobra.Command{
		Use:   "segment --weights W --frames DIR --masks DIR",
		Short: "Follow objects through videos by the similarity of patches",
		Long: `Follow objects through videos by the similarity of patches, without training, as the
official evaluation on DAVIS 2017 does: the labels of the first frame are carried to the
next ones from the most similar patches of the first and the last frames.

--frames holds a folder of images for every video, in order of their names, and --masks
the same folders with PNG files of the same names, whose numbers are the objects (0 is
background). The first mask of a video is what is followed; videos that have them all are
scored by region (J) and outline (F). The found masks are written to --out.

Frames are resized to --short pixels on the shorter side, the other side rounded down to a
multiple of 64.`,
		Example: `  dino eval segment --weights run --frames DAVIS/JPEGImages/480p --masks DAVIS/Annotations/480p
  dino eval segment --weights w.pth --frames frames --masks masks --out found --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runSegment(cmd.Context(), progress.For(cmd, o.Quiet, o.JSON), o)
		},
	}
	o.registerFlags(cmd.Flags())
	return cmd
}

func (o *segmentOptions) registerFlags(f *pflag.FlagSet) {
	o.common.register(f)
	// frames are taken one by one, as patches, at their own size
	for _, name := range []string{"features", "size", "batch", "workers"} {
		_ = f.MarkHidden(name)
	}
	f.StringVar(&o.Frames, "frames", "", "folder with a folder of images for every video")
	f.StringVar(&o.Masks, "masks", "", "folder with the same folders of PNG files")
	f.StringVar(&o.Out, "out", "", "folder for the masks that are found (default: they are scored only)")
	f.IntVar(&o.Short, "short", o.Short, "length in pixels of the shorter side of a frame")
	f.IntVar(&o.Multiple, "multiple", o.Multiple, "the other side is rounded down to a multiple of it")
	f.IntVar(&o.Propagation.K, "similar", o.Propagation.K, "patches that a label is taken from")
	f.IntVar(&o.Propagation.Frames, "last", o.Propagation.Frames,
		"last frames that labels are taken from, beside the first")
	f.IntVar(&o.Propagation.Radius, "radius", o.Propagation.Radius,
		"how many patches away they may lie; 0 for any number")
	f.Float64Var(&o.Propagation.Temperature, "temperature", o.Propagation.Temperature, "of the similarity")
}

func (o segmentOptions) validate() error {
	if o.Frames == "" || o.Masks == "" {
		return usage.Errorf("eval segment: --frames and --masks are needed: folders with a folder for every video")
	}
	if o.Features != encoder.Default().Features || o.Size != 0 {
		return usage.Errorf("eval segment: --features and --size do not apply: frames are taken as patches, at the " +
			"size that --short gives")
	}
	if o.Short < 1 || o.Multiple < 1 {
		return usage.Errorf("eval segment: --short is %d and --multiple %d: must be positive", o.Short, o.Multiple)
	}
	return nil
}

func runSegment(ctx context.Context, printer *progress.Printer, o segmentOptions) error {
	if err := o.validate(); err != nil {
		return err
	}
	in, err := newInput(printer, "segment", o.common, o.Frames)
	if err != nil {
		return err
	}
	index, err := in.scan(ctx, o.Frames)
	if err != nil {
		return err
	}
	enc, err := in.encoder()
	if err != nil {
		return err
	}
	videos := map[string][]string{}
	for _, file := range index.Files {
		name := path.Dir(file.Path)
		videos[name] = append(videos[name], file.Path)
	}
	if err := o.checkVideos(videos); err != nil {
		return err
	}
	in.printer.Count(progress.Count{Total: index.Len(), What: "frames"})
	s := segmenter{segmentOptions: o, network: enc.Network, printer: in.printer, total: index.Len()}
	scores := map[string]eval.VideoScore{}
	for _, name := range slices.Sorted(maps.Keys(videos)) {
		score, err := s.video(ctx, videos[name])
		if err != nil {
			return fmt.Errorf("eval segment: video %s: %w", name, err)
		}
		if score != nil {
			scores[name] = *score
		}
	}
	return reportVideos(in, len(videos), scores)
}

func reportVideos(in *input, videos int, scores map[string]eval.VideoScore) error {
	var text terminal.Builder
	text.Printf("%d videos, %d of them with a mask for every frame", videos, len(scores))
	fields := progress.Fields{"videos": videos, "scored": len(scores), "scores": scores}
	if len(scores) > 0 {
		var all []eval.VideoScore
		for _, name := range slices.Sorted(maps.Keys(scores)) {
			score := scores[name]
			all = append(all, score)
			text.Printf("\n%s: J&F %.1f %%, J %.1f %%, F %.1f %%, %d objects", name, 100*score.JF, 100*score.J,
				100*score.F, len(score.Objects))
		}
		mean := eval.MeanVideoScore(all)
		fields["jf"], fields["j"], fields["f"], fields["objects"] = mean.JF, mean.J, mean.F, len(mean.Objects)
		text.Printf("\nmean over %d objects: J&F %.1f %%, J %.1f %%, F %.1f %%", len(mean.Objects), 100*mean.JF,
			100*mean.J, 100*mean.F)
	}
	in.done(fields, text.Text())
	return nil
}

// checkVideos verifies, before a frame is read, that the first mask of every video is there and
// shows an object, and that masks can be written.
func (o segmentOptions) checkVideos(videos map[string][]string) error {
	for _, name := range slices.Sorted(maps.Keys(videos)) {
		if _, err := o.first(videos[name]); err != nil {
			return fmt.Errorf("eval segment: video %s: %w", name, err)
		}
	}
	if o.Out == "" {
		return nil
	}
	if err := destination.Folder(o.Out); err != nil {
		return usage.Errorf("eval segment: --out: %w", err)
	}
	return nil
}

// first reads the first mask of a video, which must show an object.
func (o segmentOptions) first(frames []string) (eval.LabelMap, error) {
	first, err := labelpng.Read(o.maskOf(frames[0]))
	if err != nil {
		return first, usage.Wrap(err)
	}
	if len(first.Objects()) == 0 {
		return first, usage.Errorf("%s shows no object: all its numbers are 0", o.maskOf(frames[0]))
	}
	return first, nil
}

// maskOf is the file of a frame's mask.
func (o segmentOptions) maskOf(frame string) string {
	return filepath.Join(o.Masks, filepath.FromSlash(strings.TrimSuffix(frame, path.Ext(frame))+".png"))
}

// truth reads the masks of a video: the first, and the others if all are there.
func (o segmentOptions) truth(frames []string) (first eval.LabelMap, all []eval.LabelMap, err error) {
	if first, err = o.first(frames); err != nil {
		return first, nil, err
	}
	all = []eval.LabelMap{first}
	for _, frame := range frames[1:] {
		m, err := labelpng.Read(o.maskOf(frame))
		if errors.Is(err, fs.ErrNotExist) {
			return first, nil, nil
		}
		if err != nil {
			return first, nil, usage.Wrap(err)
		}
		all = append(all, m)
	}
	if len(all) < 3 {
		return first, nil, nil // the first frame and the last do not count
	}
	return first, all, nil
}
