package pretrain

import (
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/internal/run/teacher"
	"github.com/dino-go/dino/internal/run/trainer"
)

// writeTrained writes what a complete run is for. Where a k-NN score told of an epoch before the
// last that it was the best, the trained backbone is that epoch's, and the last one stays beside
// it; else it is the last one. The trained backbone is written last: it says that the run is
// complete.
func (in *inputs) writeTrained(store *model.Store, result trainer.Result) error {
	better, err := in.betterBefore(result)
	if err != nil {
		return err
	}
	if !better {
		if err := in.dir.ForgetLast(); err != nil {
			return err
		}
		return in.writeBackbone(in.dir.Teacher(), store)
	}
	if err := in.writeBackbone(in.dir.TeacherLast(), store); err != nil {
		return err
	}
	return in.dir.TakeBest()
}

// betterBefore tells whether the backbone of an epoch with a higher score than the last is there.
func (in *inputs) betterBefore(result trainer.Result) (bool, error) {
	highest, scored := result.Best[trainer.BestKNN]
	if !scored || !in.dir.HasBest() {
		return false, nil
	}
	last := result.KNN
	if last == nil { // of a process before this one
		var err error
		if last, _, err = in.scored(highest); err != nil {
			return false, err
		}
	}
	return last != nil && *last < highest, nil
}

// writeBackbone writes the teacher's backbone as it is now.
func (in *inputs) writeBackbone(path string, store *model.Store) error {
	return in.dir.Write(func() error {
		return teacher.Save(path, in.model, store, in.preprocessing())
	})
}
