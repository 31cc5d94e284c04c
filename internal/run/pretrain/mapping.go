package pretrain

import (
	"context"
	"math"
	"slices"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/inference/features"
	"github.com/dino-go/dino/internal/run/config"
	"github.com/dino-go/dino/internal/run/snapshots"
	"github.com/dino-go/dino/internal/run/trainer"
	"github.com/dino-go/dino/observe"
)

// mapShare is the part of the computation of the steps that goes into the map of a run that has no
// score, whose features it could take.
const mapShare = 0.01

// mapping keeps the features of some images over the run, for its map: those that a score has
// computed anyway, and in a run without scores those of a few images now and then. It is an
// observer, told of each step behind its score. What keeps it from being written is a warning: the
// run goes on without.
type mapping struct {
	observe.Nothing
	*inputs
	told     observe.Observer
	images   []int          // of the index, in its order
	place    map[int]int    // of an image among them
	paths    map[string]int // the same by path
	writer   *snapshots.Writer
	pictures *snapshots.Pictures // that are being made; nil where they are there
	best     float64             // highest score so far
	found    eval.Matrix         // features of the step under way, [images, D]; empty where there are none
	sample   *sample             // of the images, in a run without scores; nil before it is needed
	teacher  *features.Teacher   // that computes their features then
	every    int                 // epochs between looks at them; 0 where others look
	broken   bool                // nothing is written any more
}

// newMapping prepares the map for the state that the run begins with.
func (in *inputs) newMapping(st *state, told observe.Observer) (*mapping, error) {
	m := &mapping{inputs: in, told: told, best: math.Inf(-1), images: in.mapped(st.scoring), teacher: st.teacher}
	if best, scored := st.best[trainer.BestKNN]; scored {
		m.best = best
	}
	m.place, m.paths = map[int]int{}, map[string]int{}
	rows := make([]snapshots.Image, len(m.images))
	for row, image := range m.images {
		rows[row] = snapshots.Image{Path: in.data.index.Files[image].Path, Label: in.data.index.Class(image)}
		m.place[image], m.paths[in.data.index.Path(image)] = row, row
	}
	var err error
	if m.writer, err = snapshots.Open(in.dir.Path, rows, st.step); err != nil {
		return m, m.failed(err)
	}
	if !m.writer.HasSheet() {
		m.pictures = snapshots.NewPictures(len(m.images))
	}
	if st.scoring == nil {
		m.every = in.mapEvery(in.config)
	}
	return m, nil
}

// mapped are the images of the map: those that both the baselines and the scores have features of,
// and in a run without scores those whose rank is measured in the end.
func (in *inputs) mapped(s *scoring) []int {
	most := min(snapshots.MostImages, snapshots.MostNumbers/in.config.Model.ViT.EmbedDim)
	if s == nil {
		return spread(in.data.train, min(rankImages, most))
	}
	queries := in.data.index.Stratified(in.data.index.Stratified(in.data.held, baselineQueries), most/2)
	bank := in.data.index.Stratified(in.data.index.Stratified(s.bank, baselineBank), most-len(queries))
	images := slices.Concat(queries, bank)
	slices.Sort(images)
	return images
}

// mapEvery is after how many epochs a run without scores has another snapshot.
func (in *inputs) mapEvery(c config.Config) int {
	images := float64(min(rankImages, len(in.data.train))) * forwardShare(c)
	return max(1, int(math.Ceil(images/mapShare/float64(len(in.data.train)))))
}

// watched has the pictures made of images that are decoded, where they are missing.
func (m *mapping) watched(s features.Source) features.Source {
	if m == nil || m.pictures == nil {
		return s
	}
	decode, pictures := s.Decode, m.pictures
	s.Decode = func(path string) (*augment.Image, error) {
		img, err := decode(path)
		if row, mapped := m.paths[path]; mapped && err == nil {
			pictures.Take(row, img)
		}
		return img, err
	}
	return s
}

// gather are the rows of the map among features that are computed for something else, [images, D],
// with zeros where there are none; empty without a map.
func (m *mapping) gather(parts ...featured) eval.Matrix {
	if m == nil {
		return eval.Matrix{}
	}
	rows := eval.NewMatrix(len(m.images), parts[0].Cols)
	for _, part := range parts {
		for i, image := range part.images {
			if row, mapped := m.place[image]; mapped {
				copy(rows.Row(row), part.Row(i))
			}
		}
	}
	return rows
}

// Step writes a snapshot after a score, and in a run without scores after some epochs; that of its
// end comes from whoever measures the rank.
func (m *mapping) Step(s observe.Step) error {
	found, done := m.found, s.Number+1
	m.found = eval.Matrix{}
	if found.Rows == 0 && m.due(s) {
		looked, err := m.look(context.Background())
		if err != nil {
			return m.failed(err)
		}
		found = m.gather(looked)
	}
	if found.Rows == 0 {
		return nil
	}
	snapshot := snapshots.Snapshot{Step: done, Epoch: s.Epoch + 1}
	if s.Values.Has(trainer.KNN) {
		knn := s.Values.Of(trainer.KNN)
		snapshot.KNN, snapshot.Best = &knn, knn > m.best
		m.best = max(m.best, knn)
	}
	return m.add(snapshot, found)
}

// due tells whether the images are looked at for the map alone.
func (m *mapping) due(s observe.Step) bool {
	done := s.Number + 1
	if m.every == 0 || m.broken || s.Epochs == 0 || done >= s.Steps {
		return false
	}
	per := s.Steps / s.Epochs
	return per > 0 && done%(per*m.every) == 0
}

// look computes the features of the images as the teacher is now, in a run without scores. The
// images are decoded once.
func (m *mapping) look(ctx context.Context) (featured, error) {
	if m.sample == nil {
		source := m.watched(m.source(m.told, len(m.images), "images for the map"))
		var err error
		if m.sample, err = m.takeSample(ctx, source, m.images); err != nil {
			return featured{}, err
		}
	}
	return m.features(m.teacher, m.sample)
}

// add writes a snapshot, and the pictures if they are new.
func (m *mapping) add(s snapshots.Snapshot, found eval.Matrix) error {
	if m == nil || m.broken || found.Rows == 0 {
		return nil
	}
	if err := m.dir.Verify(); err != nil {
		return err
	}
	if err := m.writer.Add(s, found); err != nil {
		return m.failed(err)
	}
	if m.pictures == nil {
		return nil
	}
	sheet, jpeg, ok, err := m.pictures.Sheet()
	m.pictures = nil
	if err == nil && ok {
		err = m.writer.SetSheet(sheet, jpeg)
	}
	return m.failed(err)
}

// failed says once that the map is not written any more.
func (m *mapping) failed(err error) error {
	if err == nil || m.broken {
		return nil
	}
	m.broken, m.pictures = true, nil
	return m.told.Warning(observe.Warning{Note: observe.Notef("the run goes on without the map of its images: %v",
		err)})
}
