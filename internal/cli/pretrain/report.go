package pretrain

import (
	"math"
	"slices"

	"github.com/goccy/go-yaml"

	"github.com/dino-go/dino"
	"github.com/dino-go/dino/internal/backend"
	"github.com/dino-go/dino/internal/run/runlog"
	"github.com/dino-go/dino/internal/run/trainer"
	"github.com/dino-go/dino/internal/terminal"
)

// complete tells whether there is nothing left to do.
func (r *prepared) complete() bool { return r.step == r.Epochs*r.StepsPerEpoch && r.dir.Complete() }

// finish writes the trained backbone and says how the run ended.
func (r *prepared) finish(result trainer.Result) error {
	err := r.dir.Write(func() error { return dino.SaveTeacher(r.dir.Teacher(), r.Model, r.Store, r.preprocessing()) })
	if err != nil {
		return err
	}
	return r.report("done", result.Steps, result.KNN)
}

// report says what a complete run came to. knn is the last score, nil where this process has not
// measured it.
func (r *prepared) report(how string, steps int, knn *float64) error {
	bad, err := r.dir.BadImages()
	if err != nil {
		return err
	}
	end := map[string]any{"steps": steps, "teacher": r.dir.Teacher(), "bad_images": len(bad)}
	line := terminal.Sprintf("%s after %d steps: %s", how, steps, r.dir.Teacher())
	if len(bad) > 0 {
		line = terminal.Sprintf("images that cannot be decoded and were skipped: %d, listed in %s\n%s", len(bad),
			r.dir.BadImagesList(), line)
	}
	if best, ok := r.best[trainer.BestKNN]; ok {
		if knn == nil {
			if knn, err = r.lastScore(); err != nil {
				return err
			}
		}
		untrained, pixels := r.best[trainer.BestUntrained], r.best[trainer.BestPixels]
		end["knn"], end["knn_best"], end["knn_untrained"], end["knn_pixels"] = knn, best, untrained, pixels
		if knn != nil {
			line = terminal.Sprintf("k-NN accuracy: raw pixels %.1f %%, %s %.1f %%, trained %.1f %%\n%s", pixels,
				r.start(), untrained, *knn, line)
		}
	}
	r.Progress.Event("done", end, "%s", line)
	return nil
}

// lastScore reads the newest k-NN accuracy of the teacher from the log; nil where it has none.
func (r *prepared) lastScore() (*float64, error) {
	records, err := runlog.ReadMetrics(r.dir.Metrics(), trainer.Measurements(r.Model.Measurements))
	for _, record := range slices.Backward(records) {
		if knn, ok := record.Values[trainer.KNN.Name]; ok {
			return &knn, err
		}
	}
	return nil, err
}

// summary is the run for a program.
func (r *prepared) summary() map[string]any {
	var tree map[string]any
	if text, err := r.c.YAML(); err == nil {
		_ = yaml.Unmarshal(text, &tree) // it was marshalled a line above
	}
	return map[string]any{
		"config": tree, "engine": r.Backend.Name(), "images": len(r.data.train), "held_out": len(r.data.held),
		"classes": len(r.data.index.Classes),
		"steps":   r.Epochs * r.StepsPerEpoch, "from_step": r.step, "knn_untrained": r.Baselines.Untrained,
		"knn_pixels": r.Baselines.Pixels,
	}
}

// describe is the run for a person.
func (r *prepared) describe() terminal.Text {
	text := terminal.Sprintf("%d images to train on, %d steps of %d in %d epochs, on %s\nloss %.3f would be a "+
		"uniform teacher (ln %d)",
		len(r.data.train), r.Epochs*r.StepsPerEpoch, r.Batch, r.Epochs, backend.Describe(r.Backend),
		math.Log(float64(r.c.Model.NPrototypes)), r.c.Model.NPrototypes)
	if r.Score == nil {
		why := r.data.index.WhyUnlabelled
		if why == "" {
			why = "knn.every_epochs is 0"
		}
		return text + terminal.Sprintf("\nno k-NN score: %s", why)
	}
	return text + terminal.Sprintf("\n%d images of %d classes held out; k-NN accuracy before training: raw pixels "+
		"%.1f %%, %s network %.1f %%",
		len(r.data.held), len(r.data.index.Classes), r.Baselines.Pixels, r.start(), r.Baselines.Untrained)
}
