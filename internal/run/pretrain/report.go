package pretrain

import (
	"slices"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/internal/backend"
	"github.com/dino-go/dino/internal/run/runlog"
	"github.com/dino-go/dino/internal/run/teacher"
	"github.com/dino-go/dino/internal/run/trainer"
	"github.com/dino-go/dino/observe"
)

// complete tells whether nothing is left to do after a step.
func (in *inputs) complete(step int) bool { return step == in.steps() && in.dir.Complete() }

// start is what the observers hear before the first step.
func (in *inputs) start(st *state) observe.Start {
	s := observe.Start{
		Config: string(in.text), Engine: in.engine.Name(), EngineDetails: backend.Describe(in.engine),
		Images: len(in.data.train), HeldOut: len(in.data.held), Classes: len(in.data.index.Classes),
		From: st.step, Steps: in.steps(), Batch: in.config.Train.BatchSize, Epochs: in.config.Train.Epochs,
		Prototypes: in.config.Model.NPrototypes, Measurements: in.measurements(),
	}
	if st.score != nil {
		s.Baselines = &st.baselines
		return s
	}
	if s.Unscored = in.data.index.WhyUnlabelled; s.Unscored == "" {
		s.Unscored = "knn.every_epochs is 0"
	}
	return s
}

// writeTeacher writes the trained backbone.
func (in *inputs) writeTeacher(store *model.Store) error {
	return in.dir.Write(func() error {
		return teacher.Save(in.dir.Teacher(), in.model, store, in.preprocessing())
	})
}

// finished tells what a complete run came to. knn is the last score, nil where this process has not
// measured it.
func (in *inputs) finished(told observe.Observer, d observe.Done, knn *float64,
	best map[string]float64,
) (observe.Done, error) {
	bad, err := in.dir.BadImages()
	if err != nil {
		return d, err
	}
	d.Teacher, d.BadImages, d.BadImagesList = in.dir.Teacher(), len(bad), in.dir.BadImagesList()
	if highest, ok := best[trainer.BestKNN]; ok {
		if knn == nil {
			if knn, err = in.lastScore(); err != nil {
				return d, err
			}
		}
		d.Scores = &observe.Scores{KNN: knn, Best: highest, Baselines: in.baselines(best)}
	}
	return d, told.Done(d)
}

// lastScore reads the newest k-NN accuracy of the teacher from the log; nil where it has none.
func (in *inputs) lastScore() (*float64, error) {
	records, err := runlog.ReadMetrics(in.dir.Metrics(), in.measurements())
	for _, record := range slices.Backward(records) {
		if record.Values.Has(trainer.KNN) {
			knn := record.Values.Of(trainer.KNN)
			return &knn, err
		}
	}
	return nil, err
}
