package pretrain

import (
	"context"
	"sync"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/data/imageio"
	"github.com/dino-go/dino/internal/data/survey"
	"github.com/dino-go/dino/internal/run/verdict"
	"github.com/dino-go/dino/observe"
)

// onlooker describes images while somebody decodes them.
type onlooker struct {
	images *images
	number map[string]int // of the images, by their paths

	mu   sync.Mutex
	eye  *survey.Eye
	seen []survey.Image
}

func (d *images) newOnlooker(of []int) *onlooker {
	o := &onlooker{images: d, number: map[string]int{}, eye: survey.NewEye(d.reading)}
	for _, i := range of {
		o.number[d.index.Path(i)] = i
	}
	return o
}

// decode decodes an image.
func (o *onlooker) decode(path string) (*augment.Image, error) {
	data, err := imageio.ReadFile(path, o.images.reading.Limits)
	if err != nil {
		return nil, err
	}
	img, err := o.images.reading.At(path).Decode(data)
	if err != nil {
		return nil, err
	}
	content := data
	if imageio.Page(path) > 1 {
		content = img.Pix
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.seen = append(o.seen, o.eye.Describe(o.number[path], data, content, img))
	return img, nil
}

// survey is what the images that were decoded are like together.
func (o *onlooker) survey(ctx context.Context) (*survey.Survey, error) {
	return survey.Of(ctx, o.images.index, o.seen)
}

// probeOf is what the verdict wants to know of images.
func probeOf(s *survey.Survey) verdict.Probe {
	return verdict.Probe{Images: s.Decoded(), Constant: s.Bare(), Distinct: s.Distinct()}
}

// warn tells what would keep a run from learning, by the probe images. It leaves out what the
// verdict has told of them.
func (st *state) warn(crop int, told observe.Observer) error {
	if st.seen == nil {
		return nil
	}
	p := probeOf(st.seen)
	for _, f := range st.seen.OfPixels(survey.Rules{Crop: crop}, p.Bare(), p.Repeated()) {
		err := told.Warning(observe.Warning{Note: observe.Notef("of %d images that were looked at: %s (%s); %s",
			len(st.seen.Images), f.What, exampleOf(f), f.Advice)})
		if err != nil {
			return err
		}
	}
	return nil
}

func exampleOf(f survey.Finding) string {
	if len(f.Examples) == 0 {
		return f.Kind
	}
	return "such as " + f.Examples[0].Path
}
