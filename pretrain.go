package dino

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/dino-go/dino/internal/run/config"
	"github.com/dino-go/dino/internal/run/pretrain"
	"github.com/dino-go/dino/internal/run/trainer"
	"github.com/dino-go/dino/internal/run/verdict"
	"github.com/dino-go/dino/internal/usage"
	"github.com/dino-go/dino/observe"
)

// Errors of [Pretrain], for [errors.Is].
var (
	// ErrInterrupted says that the context ended while the run trained. The step under way was
	// finished and the state saved: the same call goes on from there.
	ErrInterrupted = trainer.ErrInterrupted
	// ErrNonFinite says that the loss or the gradient of a step is non-finite. Nothing of that step
	// was saved: the newest checkpoint is of a step before.
	ErrNonFinite = trainer.ErrNonFinite
	// ErrCollapse says that the verdict found that the run learns nothing any more, and that
	// [Options.StopOnCollapse] ended it. The newest checkpoint stays.
	ErrCollapse = verdict.ErrFailed
	// ErrOptions says that the options cannot be, or not with these images, this machine or the run
	// in the folder. Nothing was trained.
	ErrOptions = usage.ErrUse
)

// Options say what [Pretrain] trains, on what and where. Data, Init, Backend, Epochs, Time and Seed
// are stronger than Set, which is stronger than ConfigFile, and that than the run in the folder, or
// the preset of a new one. A field that is zero leaves its option to the weaker ones.
type Options struct {
	Data string // folder of images, at any depth; those in class folders are scored along the way
	Run  string // the run folder; made if needed. Required

	// Preset is "auto" (sized to the images and the machine; the default), "seed"
	// (stable-pretraining's class and recipe) or "paper" (the official code).
	Preset     string
	ConfigFile string   // a YAML file that overrides the preset
	Set        []string // override single options: "train.batch_size=32", "model.encoder=vit_tiny_patch16_224"

	// Init is a file or folder of weights that a new run starts from, of any project that [Load]
	// reads, or another run. Layout names how they are laid out, where that is not recognised: see
	// [github.com/dino-go/dino/weights/layout.Layouts].
	Init, Layout string

	Seed   uint64 // of initial weights, order and views; short for the setting seed=N
	Epochs int    // short for the setting train.epochs=N
	// Time is how long a new run may take: it gets as many epochs as the speed of its first steps
	// allows. Short for the setting train.time=T; not beside Epochs.
	Time    time.Duration
	Backend string // the compute engine, "auto" (the default) or one that is installed: "cpu", "go"

	// StopOnCollapse ends the run with [ErrCollapse] at the first finding of the verdict that is a
	// failure; without it observers are warned and the run goes on.
	StopOnCollapse bool

	// Observer is told what happens, from the goroutine that called Pretrain: nil for nobody. See
	// [observe.All] for several.
	Observer observe.Observer
}

// Result is what a complete run came to.
type Result struct {
	Already   bool   // the run was complete before: nothing was computed
	Steps     int    // optimizer steps, in all
	Teacher   string // path of the trained backbone; [Load] reads it, or the run folder
	BadImages int    // that could not be decoded and were skipped

	// Scores are k-NN accuracies in percent: of the teacher, the network before its first step and
	// raw pixels. Nil where the images have no classes.
	Scores *observe.Scores
}

// Pretrain trains a vision transformer on a folder of images, without labels: the same run, in the
// same files, as `dino pretrain`, except for the page report.html. It prints nothing.
//
// A run that was interrupted goes on where its newest checkpoint was saved, and comes to what it
// would have come to undisturbed, bit for bit; one that is complete returns at once. Only one
// process can work on a run folder. When ctx ends, Pretrain finishes the step under way, saves, and
// returns [ErrInterrupted]; before the first step there is nothing to save, and the error is that
// of ctx.
func Pretrain(ctx context.Context, o Options) (Result, error) {
	if o.Run == "" {
		return Result{}, fmt.Errorf("dino: pretrain: %w",
			usage.Errorf("Options.Run is empty: name a folder for the run"))
	}
	if o.Time != 0 && o.Epochs != 0 {
		return Result{}, fmt.Errorf("dino: pretrain: %w",
			usage.Errorf("Options.Time and Options.Epochs both say how long to train: use one of them"))
	}
	run := pretrain.Options{Dir: o.Run, Config: o.sources(), Layout: o.Layout, StopOnCollapse: o.StopOnCollapse}
	if o.Observer != nil {
		run.Observers = observe.All{{Name: "Options.Observer", Observer: o.Observer}}
	}
	done, err := pretrain.Run(ctx, run)
	switch {
	case errors.Is(err, pretrain.ErrNoData):
		err = usage.Errorf("pretrain: Options.Data is empty: name a folder of images")
	case errors.Is(err, pretrain.ErrNoInit):
		err = usage.Errorf("pretrain: Options.Layout is %q, but Options.Init is empty: it says how those weights "+
			"are laid out", o.Layout)
	}
	if err != nil {
		return Result{}, fmt.Errorf("dino: %w", err)
	}
	return Result{
		Already: done.Already, Steps: done.Steps, Teacher: done.Teacher, BadImages: done.BadImages,
		Scores: done.Scores,
	}, nil
}

// sources are where the configuration comes from.
func (o Options) sources() config.Sources {
	from := config.Sources{
		Preset: o.Preset, File: o.ConfigFile, Set: o.Set, SetName: "Options.Set", PresetName: "Options.Preset",
	}
	set := func(field, option, value string) {
		from.Flags = append(from.Flags, config.Flag{Name: "Options." + field, Option: option, Value: value})
	}
	for _, text := range []struct{ field, option, value string }{
		{"Data", "data.dir", o.Data}, {"Backend", "backend", o.Backend}, {"Init", "init", o.Init},
	} {
		if text.value != "" {
			set(text.field, text.option, strconv.Quote(text.value))
		}
	}
	if o.Epochs != 0 {
		set("Epochs", "train.epochs", strconv.Itoa(o.Epochs))
	}
	if o.Time != 0 {
		set("Time", "train.time", strconv.Quote(o.Time.String()))
	}
	if o.Seed != 0 {
		set("Seed", "seed", strconv.FormatUint(o.Seed, 10))
	}
	return from
}
