// Package check is the verb `dino check`: what the images of a folder are like, and what would keep
// a training on them from learning.
package check

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dino-go/dino/internal/data/depth"
	"github.com/dino-go/dino/internal/data/folder"
	"github.com/dino-go/dino/internal/data/imageio"
	"github.com/dino-go/dino/internal/data/survey"
	"github.com/dino-go/dino/internal/progress"
	"github.com/dino-go/dino/internal/run/config"
	"github.com/dino-go/dino/internal/terminal"
	"github.com/dino-go/dino/internal/usage"
)

// Options are the flags.
type Options struct {
	Data        string
	Limit       int
	Time        time.Duration
	HTML        string
	Preset      string
	File        string
	Set         []string
	ImagesOnly  bool
	Quiet, JSON bool

	stdout, stderr io.Writer
}

// NewCmd returns the verb.
func NewCmd() *cobra.Command {
	o := Options{Time: 5 * time.Minute}
	cmd := &cobra.Command{
		Use:   "check --data DIR",
		Short: "Say what a folder of images holds and what would keep a training from learning",
		Long: `Look at the images of a folder before a training does: formats, sizes, depths and channels,
images that cannot be decoded, files that are passed over, copies and near copies, images
that are tiny, extreme in shape, constant or read nearly black, class folders and splits.
Each finding has examples and says what to do.

Every image is decoded once. After --time no further one is begun, and what is said is
about a sample that is spread evenly over the folder.

Then the run that dino pretrain would start is tried, in memory: how many images a second
are loaded, how many a step takes, which of the two holds the other up, what memory is
needed and there, how long the whole run takes, and which sizes of batch, crops, network,
prototypes and temperatures suit the images, with reasons. --preset, --config and --set are
those of dino pretrain.

The exit code is 0 where a training can start and learn, 1 where a finding stops it, and 2
where the folder cannot be listed.`,
		Example: `  dino check --data photos
  dino check --data photos --html photos.html
  dino check --data photos --set train.batch_size=32 --set model.precision=bfloat16
  dino check --data photos --limit 2000 --images-only --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.stdout, o.stderr = cmd.OutOrStdout(), cmd.ErrOrStderr()
			return run(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.Data, "data", "", "folder of images, searched at any depth")
	f.IntVar(&o.Limit, "limit", 0, "most images to look at, spread evenly over the folder (0: all)")
	f.DurationVar(&o.Time, "time", o.Time, "time after which no further image is begun (0: as long as it takes)")
	f.StringVar(&o.HTML, "html", "", "also write a page with pictures of the examples, in one file")
	f.BoolVar(&o.ImagesOnly, "images-only", false, "look at the images only: compute no step")
	f.StringVar(&o.Preset, "preset", "", "preset of the run that is tried: auto, seed, paper (default auto)")
	f.StringVar(&o.File, "config", "", "YAML file of the run that is tried")
	f.StringArrayVar(&o.Set, "set", nil, "override one option of the run that is tried; repeatable")
	f.BoolVarP(&o.Quiet, "quiet", "q", false, "no progress on standard error")
	f.BoolVar(&o.JSON, "json", false, "print one JSON object")
	completions(cmd)
	return cmd
}

// completions tell a shell what the values of flags are. They fail for flags that are not there.
func completions(cmd *cobra.Command) {
	presets := cobra.FixedCompletions([]string{config.Auto, config.Seed, config.Paper},
		cobra.ShellCompDirectiveNoFileComp)
	for _, err := range []error{
		cmd.MarkFlagDirname("data"), cmd.MarkFlagFilename("html", "html"),
		cmd.MarkFlagFilename("config", "yaml", "yml"),
		cmd.RegisterFlagCompletionFunc("preset", presets),
	} {
		if err != nil {
			panic(err)
		}
	}
}

func run(ctx context.Context, o Options) error {
	if o.Data == "" {
		return usage.Errorf("check: --data is missing: name a folder of images, for example --data photos")
	}
	printer := progress.New(o.stderr, progress.ModeFor(o.stderr, o.Quiet, false))
	defer printer.Close()
	index, err := folder.Scan(ctx, o.Data, folder.Options{Extensions: imageio.Extensions, Lenient: true})
	if err != nil {
		return usage.Wrap(err)
	}
	// What is wrong with the options is said before any work.
	c, err := config.Load(o.sources(), config.Facts{Images: index.Len()})
	if err != nil {
		return usage.Wrap(o.sources().Explain(err))
	}
	reading, found, err := depth.Reading(ctx, index, imageio.Reading{
		Limits: imageio.Limits{MaxPixels: c.Data.MaxPixels}, Truncated: c.Data.Truncated, Background: c.Data.Background,
		Pages: c.Data.Pages,
	}, c.Data.Range)
	if err != nil {
		return err
	}
	s, err := survey.Read(ctx, index, survey.Options{
		Reading: reading, Most: o.Limit, Time: o.Time, Workers: c.Data.Workers,
		Progress: func(done, total int) {
			printer.Count(progress.Count{Done: done, Total: total, What: "images"})
		},
	})
	if err != nil {
		return err
	}
	r := newReport(s, c)
	r.Depth = depthOf(found, reading)
	if !o.ImagesOnly && r.CanTrain {
		printer.Note("measuring how fast images are loaded and the first steps are computed")
		if err := r.try(ctx, o.sources()); err != nil {
			return err
		}
	}
	printer.Close()
	if o.HTML != "" {
		if err := r.writePage(o.HTML, index); err != nil {
			return err
		}
	}
	if err := r.print(o.stdout, o.JSON); err != nil {
		return err
	}
	return r.verdict()
}

// sources are where the configuration of the run that is tried comes from.
func (o Options) sources() config.Sources {
	return config.Sources{
		Preset: o.Preset, File: o.File, Set: o.Set,
		Flags: []config.Flag{{Name: "--data", Option: "data.dir", Value: strconv.Quote(o.Data)}},
	}
}

func (r *report) print(stdout io.Writer, asJSON bool) error {
	if !asJSON {
		_, err := io.WriteString(stdout, string(r.text(terminal.Width(stdout))))
		return err
	}
	encoder := json.NewEncoder(stdout)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}

// verdict is an error where a training would be stopped or has nothing to learn from.
func (r *report) verdict() error {
	var kinds []string
	for _, f := range r.Findings {
		if f.Severity == survey.Stop {
			kinds = append(kinds, f.Kind)
		}
	}
	if len(kinds) == 0 {
		return nil
	}
	return fmt.Errorf("check: a training on %s cannot start, or has nothing to learn from: %s", r.Data,
		strings.Join(kinds, ", "))
}
