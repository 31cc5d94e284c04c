package verdict

import "fmt"

// Probe is what the pixels of the probe images are like: some images of the training set, evenly
// spread over it, before any augmentation. The same survey decides that as of a whole folder.
type Probe struct {
	Images   int // that could be decoded
	Constant int // that show nothing: of one colour, or read black
	Distinct int // that are left where one of each group of copies and near copies is
}

// Bare tells whether most of the images show nothing.
func (p Probe) Bare() bool { return p.Images > 0 && 2*p.Constant > p.Images }

// Repeated tells whether most of the images are copies of others, or nearly.
func (p Probe) Repeated() bool { return p.Images > 3 && 2*p.Distinct <= p.Images }

// imageRules find images from which nothing can be learned.
func imageRules() []rule {
	return []rule{
		{
			kind: ConstantImages, severity: Failure,
			looks: Probe.Bare,
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
			looks: func(p Probe) bool { return p.Repeated() && p.Distinct == 1 },
			tell: func(j *Judge) Finding {
				p := j.facts.Probe
				return Finding{
					Confidence: Certain,
					What: fmt.Sprintf("identical images: all %d that were looked at are one image, or nearly; there "+
						"is nothing to tell apart", p.Images),
					Evidence: []Number{{"distinct_images", float64(p.Distinct), 2}},
				}
			},
		},
		{
			kind: SimilarImages, severity: Warning,
			looks: func(p Probe) bool { return p.Repeated() && p.Distinct > 1 },
			tell: func(j *Judge) Finding {
				p := j.facts.Probe
				return Finding{
					Confidence: Certain,
					What: fmt.Sprintf("many images are nearly identical: %d that were looked at are %d different "+
						"ones; what is there often is learned often, so remove the copies", p.Images, p.Distinct),
					Evidence: []Number{{"distinct_images", float64(p.Distinct), float64(p.Images) / 2}},
				}
			},
		},
	}
}
