package verdict

import "fmt"

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
			before: func(f Facts) bool { return f.Probe.Images > 0 && 2*f.Probe.Constant > f.Probe.Images },
			tell: func(j *Judge) Finding {
				p := j.facts.Probe
				return Finding{
					Confidence: Certain,
					What: fmt.Sprintf("images that are nearly constant: %d of %d that were looked at have one "+
						"colour; images "+
						"of 16 bits a channel that use few of their levels read as black, and images of one pixel "+
						"as one colour",
						p.Constant, p.Images),
					Evidence: []Number{{"constant_images", float64(p.Constant), float64(p.Images) / 2}},
				}
			},
		},
		{
			kind: IdenticalImages, severity: Failure,
			before: func(f Facts) bool { return f.Probe.Images > 3 && f.Probe.Distinct == 1 },
			tell: func(j *Judge) Finding {
				p := j.facts.Probe
				return Finding{
					Confidence: Certain,
					What: fmt.Sprintf("identical images: all %d that were looked at are one image, up to two "+
						"grey levels; "+
						"there is nothing to tell apart", p.Images),
					Evidence: []Number{{"distinct_images", float64(p.Distinct), 2}},
				}
			},
		},
		{
			kind: SimilarImages, severity: Warning,
			before: func(f Facts) bool {
				return f.Probe.Images > 3 && f.Probe.Distinct > 1 && 2*f.Probe.Distinct <= f.Probe.Images
			},
			tell: func(j *Judge) Finding {
				p := j.facts.Probe
				return Finding{
					Confidence: Certain,
					What: fmt.Sprintf("many images are nearly identical: %d that were looked at are %d "+
						"different ones; dino "+
						"dedup finds the copies", p.Images, p.Distinct),
					Evidence: []Number{{"distinct_images", float64(p.Distinct), float64(p.Images) / 2}},
				}
			},
		},
	}
}
