package pretrain

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/backend"
	"github.com/dino-go/dino/internal/data/folder"
	"github.com/dino-go/dino/internal/data/imageio"
	"github.com/dino-go/dino/internal/run/config"

	"github.com/dino-go/dino/internal/option"
	"github.com/dino-go/dino/observe"
)

// images are the data of a run: which there are, which are trained on and which are held out.
type images struct {
	index       *folder.Index
	backend     string // name of the engine that is asked for
	init        string // weights that a new run starts from
	reading     imageio.Reading
	train, held []int
	pixels      int // of the largest image that was looked at
	found       config.Facts

	decoding decodeTimes
}

// scan lists the images of the folder that the sources name, and says how many there are.
func scan(ctx context.Context, from config.Sources, told observe.Observer) (*images, error) {
	early, err := config.LoadEarly(from)
	if err != nil {
		return nil, err
	}
	if early.DataDir == "" {
		return nil, ErrNoData
	}
	index, err := list(ctx, early.DataDir, told)
	if err != nil {
		return nil, option.Errorf("config", "data.dir", "is %q: %w", early.DataDir, err)
	}
	if err := told.Note(found(index)); err != nil {
		return nil, err
	}
	return &images{
		index: index, backend: cmp.Or(early.Backend, backend.Auto), init: early.Init,
		reading: imageio.Reading{Limits: imageio.Limits{MaxPixels: imageio.DefaultMaxPixels}},
	}, nil
}

// patience is how long nothing is said of a folder that is listed.
const patience = 500 * time.Millisecond

// list lists the images of a folder. Where that takes long, it says what is done.
func list(ctx context.Context, dir string, told observe.Observer) (*folder.Index, error) {
	type listing struct {
		index *folder.Index
		err   error
	}
	done := make(chan listing, 1)
	go func() {
		index, err := folder.Scan(ctx, dir, folder.Options{Extensions: imageio.Extensions})
		done <- listing{index, err}
	}()
	select {
	case l := <-done:
		return l.index, l.err
	case <-time.After(patience):
	}
	err := told.Note(observe.Notef("looking for images in %s", dir))
	l := <-done
	return l.index, cmp.Or(err, l.err)
}

// unreadKind is a kind of images that are not read.
type unreadKind struct {
	Name  string
	Files int
}

// unreadKinds takes the images of kinds that are not read out of the ignored files, the most
// frequent kind first, by the endings of their names.
func unreadKinds(index *folder.Index) (kinds []unreadKind, rest []folder.Ignored) {
	for _, i := range index.Ignored {
		name := imageio.UnreadName(i.Ending)
		if name == "" {
			rest = append(rest, i)
			continue
		}
		at := slices.IndexFunc(kinds, func(k unreadKind) bool { return k.Name == name })
		if at < 0 {
			kinds, at = append(kinds, unreadKind{Name: name}), len(kinds)
		}
		kinds[at].Files += i.Count
	}
	slices.SortStableFunc(kinds, func(a, b unreadKind) int { return cmp.Compare(b.Files, a.Files) })
	return kinds, rest
}

// found says how many images a folder has, and what is left out.
func found(index *folder.Index) observe.Note {
	n := observe.Notef("%d images in %s", index.Len(), index.Root)
	if classes := len(index.Classes); classes > 0 {
		n.Format, n.Args = n.Format+", in %d class folders", append(n.Args, classes)
	}
	unread, rest := unreadKinds(index)
	if len(unread) > 0 {
		var names []string
		for _, k := range unread {
			names = append(names, fmt.Sprintf("%d %s", k.Files, k.Name))
		}
		n.Format += "; left out: images of kinds that are not read (%s; `dino check` says how to convert them)"
		n.Args = append(n.Args, strings.Join(names, ", "))
	}
	var left []string
	others := 0
	for _, some := range rest {
		others += some.Count
		if len(left) < 3 {
			left = append(left, fmt.Sprintf("%d %s", some.Count, cmp.Or(some.Ending, "without an ending")))
		}
	}
	if others > 0 {
		what := "files that are no images"
		if others == 1 {
			what = "file that is no image"
		}
		n.Format += "; left out: %d " + what + " (%s)"
		n.Args = append(n.Args, others, strings.Join(left, ", "))
	}
	if index.Hidden > 0 {
		n.Format, n.Args = n.Format+"; left out: %d hidden", append(n.Args, index.Hidden)
	}
	if len(index.Skipped) > 0 {
		n.Format, n.Args = n.Format+"; %d folders are not entered a second time", append(n.Args, len(index.Skipped))
	}
	return n
}

// split divides the images as the configuration says, and checks that they fill a batch.
func (d *images) split(c config.Config) error {
	d.train = d.index.All()
	if d.index.Labelled() && c.KNN.EveryEpochs > 0 {
		d.train, d.held = d.index.HoldOut(c.KNN.HoldOut, c.KNN.MaxQueries)
	}
	return folder.CheckBatch(len(d.train), c.Train.BatchSize, "train.batch_size")
}

// scorable checks that the k-NN score, if there is one, has images to classify and at least two
// classes to tell apart, of which images can be decoded. It stops at the first few.
func (d *images) scorable(maxBank int) error {
	if len(d.held) == 0 {
		return nil
	}
	bank := d.index.Stratified(d.train, maxBank)
	if d.classes(bank) < 2 {
		return option.Errorf("config", "knn.max_bank",
			"is %d: the training images that vote are all of one class; raise it, or set %s to 0", maxBank,
			option.Name("knn.every_epochs"))
	}
	if err := d.decodable(bank, 2); err != nil {
		return err
	}
	return d.decodable(d.held, 1)
}

// classes counts the classes of some images.
func (d *images) classes(of []int) int {
	seen := map[int]bool{}
	for _, i := range of {
		seen[d.index.Files[i].Label] = true
	}
	return len(seen)
}

// decodable checks that images of at least so many classes can be decoded.
func (d *images) decodable(of []int, classes int) error {
	seen := map[int]bool{}
	var failed error
	for _, i := range of {
		label := d.index.Files[i].Label
		if seen[label] {
			continue
		}
		if _, err := d.decode(d.index.Path(i)); err != nil {
			if failed == nil {
				failed = err
			}
			continue
		}
		if seen[label] = true; len(seen) >= classes {
			return nil
		}
	}
	return fmt.Errorf("pretrain: of %d images for the k-NN score too few can be decoded: need %d classes of them, "+
		"have %d; see data.max_pixels, or set knn.every_epochs to 0: %w",
		len(of), classes, len(seen), failed)
}

func (d *images) decode(path string) (*augment.Image, error) {
	began := d.decoding.now()
	img, err := d.reading.DecodeFile(path)
	if err == nil {
		d.decoding.add(img.Width*img.Height, d.decoding.now().Sub(began))
	}
	return img, err
}

// probed is how many images the auto preset looks at.
const probed = 32

// probes are the images that are looked at, evenly spread over the folder.
func (d *images) probes() (of []int) {
	for i := 0; i < d.index.Len(); i += max(1, d.index.Len()/probed) {
		of = append(of, i)
	}
	return of
}

// facts measures what the auto preset is sized to, by the headers of some images. Images without a
// size do not count; a file that cannot be read is an error, for the preset would be another
// without it.
func (d *images) facts() (config.Facts, error) {
	var sides []int
	for _, i := range d.probes() {
		width, height, err := d.size(d.index.Path(i))
		if imageio.Undecodable(err) {
			continue
		}
		if err != nil {
			return config.Facts{}, err
		}
		sides = append(sides, min(width, height))
		d.pixels = max(d.pixels, width*height)
	}
	f := config.Facts{Images: d.index.Len(), Cores: runtime.GOMAXPROCS(0), GPU: backend.Accelerated(d.backend)}
	if len(sides) > 0 {
		slices.Sort(sides)
		f.ShortSide = sides[len(sides)/2]
	}
	d.found = f
	return f, nil
}

// size is that of an image as its header states it, in pixels.
func (d *images) size(path string) (width, height int, err error) {
	data, err := imageio.ReadFile(path, d.reading.Limits)
	if err != nil {
		return 0, 0, err
	}
	if h, err := imageio.ReadHeader(data); err == nil && h.Width > 0 && h.Height > 0 &&
		h.Width <= d.reading.MaxPixels/h.Height {
		return h.Width, h.Height, nil
	}
	img, err := d.reading.Decode(data)
	if err != nil {
		return 0, 0, err
	}
	return img.Width, img.Height, nil
}
