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
	"github.com/dino-go/dino/internal/run/config"
	"github.com/dino-go/dino/internal/run/rundir"
	"github.com/dino-go/dino/internal/run/trainer"
	"github.com/dino-go/dino/internal/usage"

	"github.com/dino-go/dino/internal/progress"

	"github.com/dino-go/dino/internal/terminal"

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
	Seed         uint64
	Quiet, JSON  bool
	DryRun       bool
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
end, teacher.safetensors.

With --init a new run starts from weights: of Meta's DINO and DINOv2, timm, transformers,
stable-pretraining, or another run (dino inspect shows what is in them). They bring the
network, the head and the center where they have them, and the normalisation of images.

Presets: auto (sized to the data and the machine), seed (stable-pretraining's class
and recipe), paper (the official code). A YAML file and --set override single options;
--dry-run prints them all, having checked everything that can be checked without
training: what it accepts, starts. Numbers are written in plain decimal digits.

Options that take one of a few words:

` + enumerations(),
		Example: `  dino pretrain --data photos --out run
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
	f.Uint64Var(&o.Seed, "seed", 0, "short for --set seed=N")
	f.BoolVarP(&o.Quiet, "quiet", "q", false, "print errors only")
	f.BoolVar(&o.JSON, "json", false, "print progress as JSON lines")
	f.BoolVar(&o.DryRun, "dry-run", false, "check everything, print the resolved configuration and stop")
	return cmd
}

// sources are where the configuration of a run comes from, as the flags say.
func (o Options) sources() config.Sources {
	from := config.Sources{Preset: o.Preset, File: o.File, Set: o.Set}
	for _, short := range []config.Flag{
		{Name: "data", Option: "data.dir", Value: strconv.Quote(o.Data)}, // a path may hold anything
		{Name: "backend", Option: "backend", Value: strconv.Quote(o.Backend)},
		{Name: "init", Option: "init", Value: strconv.Quote(o.Init)},
		{Name: "epochs", Option: "train.epochs", Value: fmt.Sprint(o.Epochs)},
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

// run is the walk of a pretraining: configuration, data, engine, model, state, loop.
func run(ctx context.Context, o Options) error {
	if o.DryRun {
		return dryRun(ctx, o)
	}
	printer := progress.New(o.stdout, progress.ModeFor(o.stdout, o.Quiet, o.JSON))
	if o.Out == "" {
		return usage.Errorf("pretrain: --out is missing: name a folder for the run, for example --out run")
	}
	dir, err := rundir.Open(o.Out)
	if err != nil {
		return usage.Wrap(err)
	}
	defer dir.Close()
	r, err := check(ctx, printer, dir, o)
	defer r.close()
	if err != nil {
		return err
	}
	text, err := r.c.YAML()
	if err != nil {
		return err
	}
	if r.complete() {
		return r.report("the run is complete already", r.step, nil)
	}
	if _, err := r.checkMemory(); err != nil {
		return err
	}
	if err := r.begin(ctx); err != nil {
		return err
	}
	if err := dir.WriteConfig(text); err != nil {
		return err
	}
	printer.Event("start", r.summary(), "%s\n%s", terminal.Text(strings.TrimSpace(string(text))), r.describe())
	result, err := trainer.Run(ctx, r.Config, r.step, r.best)
	if err != nil {
		return err
	}
	return r.finish(result)
}

// check composes the configuration and prepares the run, without writing anything. What it returns
// has to be closed, also beside an error.
func check(ctx context.Context, printer *progress.Printer, dir *rundir.Dir, o Options) (*prepared, error) {
	from := o.sources()
	c, data, err := resolve(ctx, &from, o, dir)
	if err != nil {
		return &prepared{}, usage.Wrap(from.Explain(err))
	}
	r, err := prepare(printer, dir, c, data, o.Layout)
	var wrong *usage.Error
	if errors.As(err, &wrong) {
		err = usage.Wrap(from.Explain(wrong.Err))
	}
	return r, err
}

// resolve lists the images and composes the configuration for them: that of the run in the folder,
// if it has begun, with what the flags change.
func resolve(ctx context.Context, from *config.Sources, o Options,
	dir *rundir.Dir,
) (c config.Config, data *images, err error) {
	begun, err := dir.Begun()
	if err != nil {
		return c, nil, err
	}
	if begun {
		base, err := config.Read(dir.Config())
		if err != nil {
			return c, nil, err
		}
		from.Base = &base
	}
	if data, err = scan(ctx, *from); err != nil {
		return c, nil, err
	}
	if from.Weights, err = describe(data.init, o.Layout, from.Base == nil); err != nil {
		return c, nil, err
	}
	facts, err := data.facts()
	if err != nil {
		return c, nil, err
	}
	if c, err = config.Load(*from, facts); err != nil {
		return c, nil, err
	}
	return c, data, data.split(c)
}

// dryRun prints what a run would do, and touches nothing. What it accepts, starts.
func dryRun(ctx context.Context, o Options) error {
	if o.Out != "" {
		if err := rundir.Check(o.Out); err != nil {
			return usage.Wrap(err)
		}
	}
	r, err := check(ctx, progress.New(io.Discard, progress.Quiet), &rundir.Dir{Path: o.Out}, o)
	defer r.close()
	if err != nil {
		return err
	}
	if err := r.rehearse(ctx); err != nil {
		return usage.Wrap(err)
	}
	text, err := r.c.YAML()
	if err != nil {
		return err
	}
	if _, err := o.stdout.Write(text); err != nil {
		return err
	}
	_, err = fmt.Fprintln(o.stderr, r.planned)
	return err
}
