package pretrain

import (
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/backend"
	"github.com/dino-go/dino/internal/inference/features"
	"github.com/dino-go/dino/internal/memory"
	"github.com/dino-go/dino/internal/run/config"
)

// pass is what the teacher takes for a batch of so many images.
func (in *inputs) pass(m *distill.Model, batch int) (int64, error) {
	teacher, err := features.NewTeacher(in.engine, model.NewStore(), m, in.preprocessing())
	if err != nil {
		return 0, err
	}
	return teacher.Rehearse(batch, backend.PlannedMemory)
}

// between is what takes most of what is done between the steps, one after another: the k-NN score,
// its baselines or, without labels, the look at the features at the end; and the copy of weights
// and moments for a checkpoint. The network before its first step is made anew for two of them.
func (in *inputs) between(g graphs, c config.Config) memory.Need {
	rows := func(images, width int) int64 { return 4 * int64(images) * int64(width) }
	train, held, width := len(in.data.train), len(in.data.held), c.Model.ViT.EmbedDim
	fresh := g.step.State / 2 // without moments
	largest := memory.Need{Bytes: g.step.State, For: "a copy of weights and moments for a checkpoint"}
	consider := func(n memory.Need) {
		if n.Bytes > largest.Bytes {
			largest = n
		}
	}
	if held == 0 {
		images := min(train, rankImages)
		consider(memory.Need{
			Bytes: 2*passes(g.evaluation, images) + rows(images, width) + fresh,
			For:   "a look at the features at the end",
		})
		return largest
	}
	bank := min(train, c.KNN.MaxBank)
	few, queries := min(bank, baselineBank), min(held, baselineQueries)
	side := min(c.Augment.GlobalCrops.Size, eval.PixelSize)
	consider(memory.Need{Bytes: passes(g.evaluation, bank, held) + rows(bank+held, width), For: "the k-NN score"})
	consider(memory.Need{
		Bytes: max(rows(few+queries, 3*side*side), passes(g.evaluation, few, queries)+rows(few+queries, width)+fresh),
		For:   "the baselines of the k-NN score",
	})
	return largest
}

// passes is what a network takes that was shown lists of images in batches: the last batch of a
// list has a size of its own, for which the network is compiled once more. pass is what a whole
// batch takes.
func passes(pass int64, lists ...int) int64 {
	sizes := map[int]bool{}
	var sum int64
	for _, images := range lists {
		for _, size := range []int{min(images, evaluationBatch), images % evaluationBatch} {
			if !sizes[size] {
				sizes[size] = true
				sum += pass * int64(size) / evaluationBatch
			}
		}
	}
	return sum
}
