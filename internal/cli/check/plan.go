package check

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/dino-go/dino/internal/data/survey"
	"github.com/dino-go/dino/internal/digits"
	"github.com/dino-go/dino/internal/memory"
	"github.com/dino-go/dino/internal/progress"
	"github.com/dino-go/dino/internal/run/config"
	"github.com/dino-go/dino/internal/run/pretrain"
	"github.com/dino-go/dino/internal/run/verdict"
	"github.com/dino-go/dino/observe"
)

// plan is what the run would be like, measured by its first steps.
type plan struct {
	Engine  string `json:"engine"`
	Images  int    `json:"images"` // to train on
	HeldOut int    `json:"held_out"`
	Steps   int    `json:"steps"`
	Epochs  int    `json:"epochs"`
	Batch   int    `json:"batch"`

	Memory needed `json:"memory"`

	// Absent where the run does not fit into memory, and was not tried.
	Measured *measured `json:"measured,omitempty"`

	Suggested []suggestion `json:"suggested"`
}

// needed is the memory of the run, in bytes.
type needed struct {
	Needed    int64  `json:"needed"`
	Available int64  `json:"available,omitempty"` // absent where no limit is known
	From      string `json:"from,omitempty"`      // who sets it
	Fits      bool   `json:"fits"`
	Needs     []need `json:"needs"`
}

type need struct {
	For   string `json:"for"`
	Bytes int64  `json:"bytes"`
}

// measured are speeds in images a second, and times in seconds.
type measured struct {
	Loading    float64 `json:"loading_images_per_s"` // with nothing else to do
	Computing  float64 `json:"computing_images_per_s"`
	Together   float64 `json:"images_per_s"`
	Bottleneck string  `json:"bottleneck"` // loading or computing
	LoadShare  float64 `json:"loading_share"`
	// Wait is the share of the time that steps wait for images.
	Wait  float64 `json:"data_wait"`
	First float64 `json:"first_step_s"` // compiles the graph
	Step  float64 `json:"step_s"`
	Whole float64 `json:"whole_run_s"` // with k-NN scores and checkpoints
}

type suggestion struct {
	Option string `json:"option"`
	Value  any    `json:"value"`
	Why    string `json:"why"`
}

// try measures the run and adds it to the report. What keeps the run from its first step is a
// finding.
func (r *report) try(ctx context.Context, from config.Sources) error {
	t, err := pretrain.Try(ctx, pretrain.Options{Config: from})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		r.add(finding{
			Kind: "run-refused", Severity: survey.Stop, Count: 1, What: "a run ends before or in its first step: " +
				err.Error(),
			Advice: "do what it says; the options are those of dino pretrain (--set)", Examples: []example{},
		})
		return nil
	}
	for _, f := range t.Foreseen {
		r.add(settings(f))
	}
	r.Run = planOf(t)
	if !r.Run.Memory.Fits {
		r.add(finding{
			Kind: "memory", Severity: survey.Stop, Count: 1,
			What: fmt.Sprintf("the run needs about %s of memory, but %s leaves %s", digits.Bytes(r.Run.Memory.Needed),
				r.Run.Memory.From, digits.Bytes(r.Run.Memory.Available)),
			Advice: t.Remedies, Examples: []example{},
		})
		return nil
	}
	r.boundByData(t)
	return nil
}

// settings is a finding of the verdict about the options of the run.
func settings(f verdict.Finding) finding {
	severity := survey.Warning
	if f.Severity == verdict.Hint {
		severity = survey.Note
	}
	var advised []observe.Setting
	for _, a := range f.Advice {
		advised = append(advised, observe.Setting{Option: a.Option, Value: a.Value, Why: a.Why})
	}
	advice := strings.TrimPrefix(observe.Advise(advised, "--set ", " --set "), ". ")
	return finding{
		Kind: "settings", Severity: severity, Count: 1, What: f.What, Advice: cmp.Or(advice, "see docs/verdict.md"),
		Examples: []example{},
	}
}

// boundByData warns of a run that would wait for its images.
func (r *report) boundByData(t *pretrain.Trial) {
	if !t.DataBound() {
		return
	}
	advice := "put the images on a faster disk, or give the run more processor cores"
	crop := t.Config.Augment.GlobalCrops.Size
	if area := r.Sizes.Median[0] * r.Sizes.Median[1]; area > 8*crop*crop {
		advice = fmt.Sprintf("save the images smaller: crops have %d pixels a side, and the median image is %d × %d; "+
			"a shorter side of about %d loses nothing (for example magick mogrify -resize %dx%d^ -quality 95)", crop,
			r.Sizes.Median[0], r.Sizes.Median[1], 2*crop, 2*crop, 2*crop)
	}
	r.add(finding{
		Kind: "data-bound", Severity: survey.Warning, Count: r.Images,
		What: fmt.Sprintf("loading the images takes longer than computing on them: %s images a second are loaded, "+
			"and %s could be trained on", digits.Significant(t.LoadSpeed), digits.Significant(t.StepSpeed())),
		Advice: advice, Examples: []example{},
	})
}

func planOf(t *pretrain.Trial) *plan {
	p := &plan{
		Engine: t.Engine, Images: t.Images, HeldOut: t.HeldOut, Steps: t.Steps, Epochs: t.Config.Train.Epochs,
		Batch: t.Config.Train.BatchSize, Suggested: []suggestion{},
		Memory: needed{Needed: memory.Sum(t.Needs), Fits: t.Remedies == "", Needs: []need{}},
	}
	for _, n := range t.Needs {
		p.Memory.Needs = append(p.Memory.Needs, need{n.For, n.Bytes})
	}
	if t.Bounded {
		p.Memory.Available, p.Memory.From = t.Limit.Available, t.Limit.From
	}
	if p.Memory.Fits {
		p.Measured = &measured{
			Loading: figures(t.LoadSpeed), Computing: figures(t.StepSpeed()), Together: figures(t.Speed()),
			Bottleneck: "computing", LoadShare: figures(t.LoadShare()), First: figures(t.First.Seconds()),
			Step: figures(t.Step.Seconds()), Whole: figures(t.Whole.Seconds()),
			Wait: figures(t.Wait),
		}
		if t.DataBound() {
			p.Measured.Bottleneck = "loading"
		}
	}
	if t.Config.Preset == config.Auto {
		for _, reason := range config.Reasons(t.Config, t.Facts) {
			p.Suggested = append(p.Suggested, suggestion(reason))
		}
	}
	return p
}

// figures rounds to three significant figures.
func figures(x float64) float64 {
	if x == 0 || math.IsInf(x, 0) || math.IsNaN(x) {
		return 0
	}
	scale := math.Pow(10, 2-math.Floor(math.Log10(math.Abs(x))))
	return math.Round(x*scale) / scale
}

// facts are the lines about the run.
func (p *plan) facts() []fact {
	all := []fact{{"run", fmt.Sprintf("%d images to train on, %d held out; %d steps of %d in %d epochs, on %s",
		p.Images,
		p.HeldOut, p.Steps, p.Batch, p.Epochs, p.Engine)}}
	text := fmt.Sprintf("about %s needed", digits.Bytes(p.Memory.Needed))
	if p.Memory.From != "" {
		text += fmt.Sprintf(", %s there (%s)", digits.Bytes(p.Memory.Available), p.Memory.From)
	}
	all = append(all, fact{"memory", text})
	if m := p.Measured; m != nil {
		all = append(all,
			fact{"speed", fmt.Sprintf("%s images a second are loaded, %s computed, each alone; steps wait "+
				"%.0f %% of their time for images: %s is the bottleneck", digits.Significant(m.Loading),
				digits.Significant(m.Computing), 100*m.Wait, m.Bottleneck)},
			fact{"time", fmt.Sprintf("about %s for the whole run, with scores and checkpoints, at %s images a "+
				"second, %s a step; the first step, which compiles the graph, took %s",
				progress.Duration(seconds(m.Whole)),
				digits.Significant(m.Together),
				short(m.Step), short(m.First))})
	}
	return all
}
