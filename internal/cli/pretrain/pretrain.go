// Package pretrain is the verb `dino pretrain`: a folder of images in, a trained vision model out.
package pretrain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dino-go/dino/internal/backend"
	"github.com/dino-go/dino/internal/progress"
	"github.com/dino-go/dino/internal/run/config"
	"github.com/dino-go/dino/internal/run/console"
	"github.com/dino-go/dino/internal/run/pretrain"
	"github.com/dino-go/dino/internal/usage"
	"github.com/dino-go/dino/observe"
	"github.com/dino-go/dino/weights/layout"
)

// Options are the flags.
type Options struct {
	Data, Out    string
	Preset, File string
	Init, Layout string
	Set          []string
	Backend      string
	Epochs       int
	Time         string
	Seed         uint64
	Quiet, JSON  bool
	DryRun       bool
	Stop         bool // at the first finding after which nothing is learned
	PrintConfig  bool
	MetricsAddr  string // where Prometheus asks; empty for nowhere
	changed      func(flag string) bool
	stdout       io.Writer
	stderr       io.Writer
}

// NewCmd returns the verb.
func NewCmd() *cobra.Command {
	var o Options
	cmd := &cobra.Command{
		Use:         "pretrain --data DIR --out RUN",
		Annotations: usage.MakesFiles(),
		Short:       "Train a vision transformer on a folder of images, without labels",
		Long: `Train a vision transformer on a folder of images, without labels.

Images may lie at any depth: JPEG, PNG, WebP, GIF, BMP, TIFF. Where they lie in
class folders, some are held out and classified by their nearest neighbours every
epoch, beside the same score for the untrained network and for raw pixels.

The same command run again goes on where an interrupted run stopped. The run folder
holds the configuration, checkpoints, metrics.jsonl, TensorBoard events and, in the
end, teacher.safetensors and report.html.

With --init a new run starts from weights: of Meta's DINO and DINOv2, timm, transformers,
stable-pretraining, or another run (dino inspect shows what is in them). They bring the
network, the head and the center where they have them, and the normalisation of images.

Presets: auto (sized to the data, the machine and --time), seed (stable-pretraining's class
and recipe), paper (the official code). A YAML file and --set override single options.
Numbers are written in plain decimal digits.

--time 1h fits a new run into that time: the preset auto sizes the network to it, and the
epochs are as many as the speed of the first steps allows, whose schedules end with them.
The longer, the better: docs/learning.md says what to expect of 20 minutes and of an hour.

--dry-run checks everything, computes a few steps without writing anything, and says what
would be trained, with how much memory and for how long: what it accepts, starts.
--print-config prints all options as YAML, and nothing else, and stops.

Where MLFLOW_TRACKING_URI names a server of MLflow, it is told of options, numbers and
the end of the run, beside it; set it to nothing to prevent that.

Options that take one of a few words:

` + enumerations(),
		Example: `  dino pretrain --data photos --out run
  dino pretrain --data photos --out run --time 1h
  dino pretrain --data photos --out run --preset paper --set model.encoder=vit_tiny_patch16_224 --set train.epochs=50
  dino pretrain --data photos --out run --init dinov2_vits14_pretrain.pth
  dino pretrain --data photos --out run --config recipe.yaml --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.changed = cmd.Flags().Changed
			o.stdout, o.stderr = cmd.OutOrStdout(), cmd.ErrOrStderr()
			return run(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.Data, "data", "", "folder of images")
	f.StringVar(&o.Out, "out", "", "run folder; made if needed")
	f.StringVar(&o.Preset, "preset", "", strings.Join([]string{config.Auto, config.Seed, config.Paper}, ", ")+
		" (default auto)")
	f.StringVar(&o.File, "config", "", "YAML file that overrides the preset")
	f.StringVar(&o.Init, "init", "", "weights to start from: a file or folder of any layout, or a run")
	f.StringVar(&o.Layout, "layout", "", "layout of --init, where it is not recognised: "+
		strings.Join(layout.Layouts, ", "))
	f.StringArrayVar(&o.Set, "set", nil, "override one option, for example train.batch_size=32; repeatable")
	f.StringVar(&o.Backend, "backend", "", "compute engine: "+strings.Join(backend.Names(), ", ")+
		" (default auto: the best that is installed)")
	f.IntVar(&o.Epochs, "epochs", 0, "short for --set train.epochs=N")
	f.StringVar(&o.Time, "time", "", "short for --set train.time=T: how long a new run may take, as 20m or 1h30m")
	f.Uint64Var(&o.Seed, "seed", 0, "short for --set seed=N")
	f.BoolVarP(&o.Quiet, "quiet", "q", false, "print errors only")
	f.BoolVar(&o.JSON, "json", false, "print progress as JSON lines")
	f.BoolVar(&o.DryRun, "dry-run", false, "check everything, say what would be done and how long it takes, and stop")
	f.BoolVar(&o.PrintConfig, "print-config", false, "print the resolved configuration as YAML, and stop")
	f.StringVar(&o.MetricsAddr, "metrics-addr", "", "port, or address and port, at which Prometheus can ask for the "+
		"numbers of the run")
	f.BoolVar(&o.Stop, "stop-on-collapse", false, "end the run, with exit code 5, when it learns nothing any more")
	return cmd
}

// sources are where the configuration of a run comes from, as the flags say.
func (o Options) sources() config.Sources {
	from := config.Sources{Preset: o.Preset, File: o.File, Set: o.Set}
	for _, short := range []config.Flag{
		{Name: "data", Option: "data.dir", Value: strconv.Quote(o.Data)}, // a path may have any characters
		{Name: "backend", Option: "backend", Value: strconv.Quote(o.Backend)},
		{Name: "init", Option: "init", Value: strconv.Quote(o.Init)},
		{Name: "epochs", Option: "train.epochs", Value: fmt.Sprint(o.Epochs)},
		{Name: "time", Option: "train.time", Value: strconv.Quote(o.Time)},
		{Name: "seed", Option: "seed", Value: fmt.Sprint(o.Seed)},
	} {
		if o.changed(short.Name) {
			short.Name = "--" + short.Name
			from.Flags = append(from.Flags, short)
		}
	}
	return from
}

// enumerations lists the options that take one of a few words, for help.
func enumerations() string {
	var text strings.Builder
	for _, words := range config.Enumerations() {
		allowed := words.Allowed
		if words.Option == "model.encoder" {
			allowed = []string{"custom", "vit_{tiny,small,base,large}_patch{8,14,16,32}_224 or of another size"}
		}
		fmt.Fprintf(&text, "  %-38s %s\n", words.Option, strings.Join(allowed, ", "))
	}
	return strings.TrimRight(text.String(), "\n")
}

// run trains, and shows how it goes on.
func run(ctx context.Context, o Options) error {
	if o.changed("time") && o.changed("epochs") {
		return usage.Errorf("pretrain: --time and --epochs both say how long to train: use one of them")
	}
	numbers, err := o.forPrometheus()
	if err != nil {
		return err
	}
	switch {
	case o.PrintConfig:
		return printConfig(ctx, o)
	case o.DryRun:
		return dryRun(ctx, o)
	}
	if o.Out == "" {
		return usage.Errorf("pretrain: --out is missing: name a folder for the run, for example --out run")
	}
	printer := progress.New(o.stdout, progress.ModeFor(o.stdout, o.Quiet, o.JSON))
	defer printer.Close()
	shown := observe.All{{Name: "standard output", Observer: console.New(printer)}}
	if numbers != nil {
		server, err := numbers.serve(ctx, shown)
		if err != nil {
			return err
		}
		defer server.Close()
		shown = append(shown, observe.Named{Name: "Prometheus", Observer: &numbers.Exporter})
	}
	done, err := tracked(ctx, o, shown)
	if err != nil {
		return o.flagged(err)
	}
	page, err := writeReport(ctx, done, shown)
	if page != "" && printer.Mode() != progress.JSON { // whose last event is done
		printer.Event("", nil, "how it went: %s", page)
	}
	return err
}

// printConfig prints the configuration that a run would have, and touches nothing.
func printConfig(ctx context.Context, o Options) error {
	configuration, err := pretrain.Check(ctx, o.options(), false)
	if err != nil {
		return o.flagged(err)
	}
	_, err = io.WriteString(o.stdout, configuration)
	return err
}

// dryRun prints what a run would do, and touches nothing. What it accepts, starts.
func dryRun(ctx context.Context, o Options) error {
	out := &product{to: o.stdout}
	shown := console.New(progress.New(out, progress.ModeFor(o.stdout, o.Quiet, o.JSON)))
	_, err := pretrain.Check(ctx, o.options(observe.Named{Name: "standard output", Observer: shown}), true)
	if err != nil {
		return o.flagged(err)
	}
	return out.failed
}

// product is a writer of what a command is for: it keeps the first error.
type product struct {
	to     io.Writer
	failed error
}

// Write writes, unless that failed before.
func (p *product) Write(text []byte) (n int, err error) {
	if p.failed == nil {
		n, p.failed = p.to.Write(text)
	}
	return n, p.failed
}

// options are the flags as options of a run.
func (o Options) options(observers ...observe.Named) pretrain.Options {
	return pretrain.Options{
		Dir: o.Out, Config: o.sources(), Layout: o.Layout, Observers: observers,
		StopOnCollapse: o.Stop,
	}
}

// flagged names the flag where the run lacks an option that has one.
func (o Options) flagged(err error) error {
	switch {
	case errors.Is(err, pretrain.ErrNoData):
		return usage.Errorf("pretrain: --data is missing: name a folder of images, for example --data photos")
	case errors.Is(err, pretrain.ErrNoInit):
		return usage.Errorf("pretrain: --layout is %q, but there is no --init: it says how those weights "+
			"are laid out", o.Layout)
	}
	return err
}
