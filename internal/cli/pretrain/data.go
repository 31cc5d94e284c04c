package pretrain

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/backend"
	"github.com/dino-go/dino/internal/config"
	"github.com/dino-go/dino/internal/dataset"
	"github.com/dino-go/dino/internal/imageio"
)

// images are the data of a run: which there are, which are trained on and which are held out.
type images struct {
	index       *dataset.Index
	backend     string // name of the engine that is asked for
	init        string // weights that a new run starts from
	limits      imageio.Limits
	train, held []int
}

// scan lists the images of the folder that the sources name.
func scan(ctx context.Context, from config.Sources) (*images, error) {
	early, err := config.LoadEarly(from)
	if err != nil {
		return nil, err
	}
	if early.DataDir == "" {
		return nil, fmt.Errorf("pretrain: --data is missing: name a folder of images, for example --data photos")
	}
	index, err := dataset.Scan(ctx, early.DataDir, dataset.Options{Extensions: imageio.Extensions})
	if err != nil {
		return nil, err
	}
	return &images{index: index, backend: cmp.Or(early.Backend, backend.Auto), init: early.Init, limits: imageio.Limits{MaxPixels: imageio.DefaultMaxPixels}}, nil
}

// split divides the images as the configuration says, and checks that they fill a batch.
func (d *images) split(c config.Config) error {
	d.limits.MaxPixels = c.Data.MaxPixels
	d.train = d.index.All()
	if d.index.Labelled() && c.KNN.EveryEpochs > 0 {
		d.train, d.held = d.index.HoldOut(c.KNN.HoldOut, c.KNN.MaxQueries)
	}
	return dataset.CheckBatch(len(d.train), c.Train.BatchSize, "train.batch_size")
}

func (d *images) decode(path string) (*augment.Image, error) {
	return imageio.DecodeFile(path, d.limits)
}

// probed is how many images the auto preset looks at.
const probed = 32

// facts measures what the auto preset is sized to.
func (d *images) facts() config.Facts {
	var sides []int
	step := max(1, d.index.Len()/probed)
	for i := 0; i < d.index.Len(); i += step {
		if img, err := d.decode(d.index.Path(i)); err == nil {
			sides = append(sides, min(img.Width, img.Height))
		}
	}
	f := config.Facts{Images: d.index.Len(), Cores: runtime.GOMAXPROCS(0), GPU: backend.Accelerated(d.backend)}
	if len(sides) > 0 {
		slices.Sort(sides)
		f.ShortSide = sides[len(sides)/2]
	}
	return f
}
