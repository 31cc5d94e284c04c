package pretrain

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/internal/backend"
	"github.com/dino-go/dino/internal/inference/features"
	"github.com/dino-go/dino/internal/run/config"
	"github.com/dino-go/dino/internal/run/pictures"
	"github.com/dino-go/dino/internal/run/runlog"
	"github.com/dino-go/dino/observe"
)

// pictured draws pictures of the teacher into the run folder while it is trained.
type pictured struct {
	*inputs
	told    observe.Observer
	folder  *pictures.Folder
	events  *runlog.Events
	scoring *scoring // which has neighbours after a score; nil where nothing is scored
	mapping *mapping // which looks at images where nothing is scored
	tokens  *features.Tokens
	images  []int // to be followed
	epochs  []int // after which something is drawn

	fixed  *features.Fixed        // the followed images that can be decoded; nil before the first epoch that is drawn
	small  map[int]*augment.Image // of neighbours
	before []*augment.Image       // the colours of the last epoch, a pixel a patch; nil without

	began time.Time
	spent time.Duration // for what was drawn since then
	drawn int           // times

	broken bool // the folder cannot be written
}

// openPictures prepares the pictures of a run that stands at a step; nil where none are asked for.
// What the folder has of later steps is removed in any case.
func (in *inputs) openPictures(st *state, logs *logs) (*pictured, error) {
	if in.config.Pictures.Images == 0 {
		if _, err := os.Lstat(in.dir.Pictures()); errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
	}
	opened, err := pictures.Open(in.dir.Pictures(), st.step)
	if err != nil {
		return nil, err
	}
	if in.config.Pictures.Images == 0 {
		return nil, opened.Close()
	}
	p := &pictured{
		inputs: in, told: logs, folder: opened, events: logs.events, scoring: st.scoring, mapping: st.mapping,
		images: in.toFollow(st.mapping.images), epochs: in.drawnEpochs(), small: map[int]*augment.Image{},
		began: time.Now(),
	}
	if p.scoring != nil {
		p.scoring.followed = p.images
	}
	p.mapping.every = 0 // it has the features of whenever something is drawn
	if p.tokens, err = features.NewTokens(in.engine, st.store, in.model, in.model.Network(),
		in.preprocessing()); err != nil {
		return nil, errors.Join(err, opened.Close())
	}
	return p, nil
}

// close closes the folder.
func (p *pictured) close() error {
	if p == nil {
		return nil
	}
	p.tokens.Close()
	return p.folder.Close()
}

// toFollow are the images that are followed: held-out ones where there are, of all classes as far
// as they go round, and else some of those on the map.
func (in *inputs) toFollow(mapped []int) []int {
	images, n := in.data.held, in.config.Pictures.Images
	if len(images) == 0 {
		images = mapped
	}
	if !in.data.index.Labelled() {
		return spread(images, n)
	}
	return in.data.index.EachClass(images, n)
}

// due tells whether pictures are drawn after so many epochs. Where they take longer than was
// thought of, since the steps are fast, some are left out.
func (p *pictured) due(epochs int) bool {
	slow := p.drawn >= leastDrawn && p.spent.Seconds() > drawnShare*time.Since(p.began).Seconds()
	return !p.broken && slices.Contains(p.epochs, epochs) && (!slow || epochs == p.config.Train.Epochs)
}

// draw draws the pictures after a step, the last of an epoch, if they are due.
func (p *pictured) draw(ctx context.Context, step int) error {
	began, done := time.Now(), step/p.config.StepsPerEpoch(len(p.data.train))+1
	if !p.due(done) {
		return nil
	}
	if p.fixed == nil {
		if err := p.follow(ctx, step); err != nil {
			return err
		}
	}
	if p.broken || len(p.fixed.Images) == 0 {
		return nil
	}
	e := pictures.Epoch{Step: step, Epochs: done, Missing: map[pictures.Kind]string{}}
	sheets, err := p.sheets(ctx, &e)
	if err != nil {
		return err
	}
	written, err := p.write(func() error { return p.folder.Add(e, sheets) })
	if err != nil || !written {
		return err
	}
	p.drawn++
	p.spent += time.Since(began)
	return p.tell(step, sheets)
}

// write calls what writes a file of the pictures, and tells whether that worked. Where it did not
// the run goes on without them, with a warning; where the run folder is another one now it ends.
func (p *pictured) write(file func() error) (bool, error) {
	if err := p.dir.Verify(); err != nil {
		return false, err
	}
	err := file()
	if err == nil {
		return true, p.dir.Verify()
	}
	p.broken = true
	return false, p.told.Warning(observe.Warning{Note: observe.Notef("the run goes on without its pictures: %v", err)})
}

// sheets draws an epoch. What cannot be drawn of what the network computes now is missing, with the
// reason.
func (p *pictured) sheets(ctx context.Context, e *pictures.Epoch) (map[pictures.Kind][]byte, error) {
	inside, err := p.tokens.Of(*p.fixed)
	if err != nil {
		return nil, err
	}
	near, err := p.nearby(ctx)
	if err == nil {
		err = p.loadSmall(ctx, near)
	}
	if err != nil {
		return nil, err
	}
	sheets := map[pictures.Kind][]byte{}
	for kind, draw := range map[pictures.Kind]func() ([]byte, error){
		pictures.Attention:  func() ([]byte, error) { return p.attention(inside) },
		pictures.Colours:    func() ([]byte, error) { return p.colours(ctx, inside) },
		pictures.Neighbours: func() ([]byte, error) { return p.neighbours(near, e) },
	} {
		if sheet, err := draw(); err != nil {
			e.Missing[kind] = err.Error()
		} else if sheet != nil {
			sheets[kind] = sheet
		}
	}
	return sheets, nil
}

// tell writes what was drawn to the event file.
func (p *pictured) tell(step int, sheets map[pictures.Kind][]byte) error {
	var images []runlog.Image
	for _, kind := range slices.Sorted(maps.Keys(sheets)) {
		images = append(images, runlog.Image{Tag: "pictures/" + string(kind), Content: sheets[kind]})
	}
	return p.events.WriteImages(step, images, time.Now())
}

// follow loads the images that are followed, and what is known of them from before.
func (p *pictured) follow(ctx context.Context, step int) error {
	fixed, err := features.Fix(ctx, p.plainSource(), p.images, p.preprocessing())
	if err != nil {
		return err
	}
	p.fixed = &fixed
	if len(fixed.Images) == 0 {
		return p.told.Note(observe.Notef("there are no pictures of the run: none of the %d images that they are of "+
			"can be decoded", len(p.images)))
	}
	followed := pictures.Followed{Images: p.filesOf(fixed.Images), Missing: map[pictures.Kind]string{}}
	if why := p.tokens.Unattended(); why != nil {
		followed.Missing[pictures.Attention] = why.Error()
		if err := p.told.Note(observe.Notef("the pictures of the run are without attention: %v", why)); err != nil {
			return err
		}
	}
	shown := fixed.Pictures()
	for i := range shown {
		shown[i] = resized(shown[i], tileSide)
	}
	sheet, err := photoSheet([][]*augment.Image{shown}, 0)
	if err != nil {
		return err
	}
	written, err := p.write(func() error { return p.folder.Follow(followed, sheet) })
	if err != nil || !written {
		return err
	}
	return p.tell(step, map[pictures.Kind][]byte{pictures.Images: sheet})
}

// plainSource is where pictures take images from; bad ones are recorded when they are trained on or
// scored.
func (p *pictured) plainSource() features.Source {
	return features.Source{
		Index: p.data.index, Decode: p.data.decode, Workers: p.config.Data.Workers, Batch: probeImages,
	}
}

// filesOf are the keys of images.
func (in *inputs) filesOf(images []int) []pictures.File {
	files := make([]pictures.File, len(images))
	for i, image := range images {
		files[i] = pictures.File{Path: in.data.index.Files[image].Path, Class: in.data.index.Class(image)}
	}
	return files
}

// picturesBytes is what the pictures take of memory, and the images of the map where nothing is
// scored.
func (in *inputs) picturesBytes(m *distill.Model, c config.Config) (int64, error) {
	kept, side := mostDrawn*neighboursShown*c.Pictures.Images, neighbourSide
	if len(in.data.held) == 0 {
		kept, side = len(in.mapped(nil)), c.Augment.GlobalCrops.Size
	}
	bytes := 3 * int64(kept) * int64(side) * int64(side)
	if c.Pictures.Images == 0 {
		return bytes, nil
	}
	tokens, err := features.NewTokens(in.engine, model.NewStore(), m, m.Network(), in.preprocessing())
	if err != nil {
		return 0, err
	}
	pass, err := tokens.Rehearse(c.Pictures.Images, backend.PlannedMemory)
	return bytes + pass, err
}
