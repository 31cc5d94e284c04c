package verdict

import (
	"fmt"
	"math"
	"slices"
)

// Probe is what the pixels of the probe images are like: some images of the training set, evenly
// spread over it, before any augmentation.
type Probe struct {
	Images   int // that could be decoded
	Constant int // whose pixels differ by less than two grey levels from their mean
	Distinct int // that differ from all before them by more than two grey levels; see [Distinct]
}

// imageRules find images from which nothing can be learned.
func imageRules() []rule {
	return []rule{
		{
			kind: ConstantImages, severity: Failure,
			looks: func(p Probe) bool { return p.Images > 0 && 2*p.Constant > p.Images },
			tell: func(j *Judge) Finding {
				p := j.facts.Probe
				return Finding{
					Confidence: Certain,
					What: fmt.Sprintf("images that are nearly constant: %d of %d that were looked at have one "+
						"colour; images of 16 bits a channel that use few of their levels read as black, and images "+
						"of one pixel as one colour",
						p.Constant, p.Images),
					Evidence: []Number{{"constant_images", float64(p.Constant), float64(p.Images) / 2}},
				}
			},
		},
		{
			kind: IdenticalImages, severity: Failure,
			looks: func(p Probe) bool { return p.Images > 3 && p.Distinct == 1 },
			tell: func(j *Judge) Finding {
				p := j.facts.Probe
				return Finding{
					Confidence: Certain,
					What: fmt.Sprintf("identical images: all %d that were looked at are one image, up to two grey "+
						"levels; there is nothing to tell apart", p.Images),
					Evidence: []Number{{"distinct_images", float64(p.Distinct), 2}},
				}
			},
		},
		{
			kind: SimilarImages, severity: Warning,
			looks: func(p Probe) bool {
				return p.Images > 3 && p.Distinct > 1 && 2*p.Distinct <= p.Images
			},
			tell: func(j *Judge) Finding {
				p := j.facts.Probe
				return Finding{
					Confidence: Certain,
					What: fmt.Sprintf("many images are nearly identical: %d that were looked at are %d different "+
						"ones; dino dedup finds the copies", p.Images, p.Distinct),
					Evidence: []Number{{"distinct_images", float64(p.Distinct), float64(p.Images) / 2}},
				}
			},
		},
	}
}

// Differences of pixels, in grey levels of 255, that are none to a network.
const sameLevels = 2.0

// sampled is how many of the values of an image are looked at.
const sampled = 4096

// LookAt looks at images of equal size: levels hold their pixels one image after another, in grey
// levels of 255.
func LookAt(levels []float32, images int) Probe {
	p := Probe{Images: images}
	if images == 0 {
		return p
	}
	each := len(levels) / images
	var distinct [][]float32
	for i := range images {
		image := levels[i*each : (i+1)*each]
		if constant(image) {
			p.Constant++
		}
		some := sample(image)
		if !slices.ContainsFunc(distinct, func(other []float32) bool { return same(some, other) }) {
			distinct = append(distinct, some)
		}
	}
	p.Distinct = len(distinct)
	return p
}

// constant tells an image [3, pixels] of which every channel is one level.
func constant(image []float32) bool {
	channel := len(image) / 3
	for c := range 3 {
		values := image[c*channel : (c+1)*channel]
		mean, square := 0.0, 0.0
		for _, x := range values {
			mean += float64(x) / float64(channel)
		}
		for _, x := range values {
			square += (float64(x) - mean) * (float64(x) - mean) / float64(channel)
		}
		if math.Sqrt(square) > sameLevels {
			return false
		}
	}
	return true
}

// sample is every n-th value of an image.
func sample(image []float32) []float32 {
	stride := max(1, len(image)/sampled)
	var some []float32
	for i := 0; i < len(image); i += stride {
		some = append(some, image[i])
	}
	return some
}

// same tells images apart by the root of their mean squared difference.
func same(a, b []float32) bool {
	square := 0.0
	for i, x := range a {
		d := float64(x) - float64(b[i])
		square += d * d
	}
	return math.Sqrt(square/float64(len(a))) <= sameLevels
}
