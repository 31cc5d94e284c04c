package order

import "fmt"

// Sequence is the order in which a training run takes its images: every epoch
// a new permutation of all of them, cut into batches. The images left over at
// the end of an epoch, fewer than a batch, are dropped from that epoch, so all
// batches have the same size. What step s takes is a function of the seed and
// of s alone: any step can be started directly.
//
// A Sequence remembers the permutation of the epoch last asked for, so At must
// not be called concurrently.
type Sequence struct {
	seed   uint64
	images []int
	batch  int

	epoch int // whose permutation order is; -1 before the first
	order []int
}

// NewSequence returns the sequence of batches of the given size over images,
// which are indices into an Index. It fails unless 1 ≤ batch ≤ len(images).
func NewSequence(seed uint64, images []int, batch int) (*Sequence, error) {
	if batch < 1 || batch > len(images) {
		return nil, fmt.Errorf("order: batch size is %d: must be between 1 and the number of images to train on, %d",
			batch, len(images))
	}
	return &Sequence{seed: seed, images: images, batch: batch, epoch: -1}, nil
}

// Len returns the number of images that the sequence draws from.
func (s *Sequence) Len() int { return len(s.images) }

// Batch returns the number of images in every batch.
func (s *Sequence) Batch() int { return s.batch }

// StepsPerEpoch returns ⌊images/batch⌋.
func (s *Sequence) StepsPerEpoch() int { return len(s.images) / s.batch }

// Epoch returns the epoch of a step, both counted from 0, and the step's place
// in it.
func (s *Sequence) Epoch(step int) (epoch, place int) {
	return step / s.StepsPerEpoch(), step % s.StepsPerEpoch()
}

// At returns the epoch of a step and the images of its batch, in order. The
// slice belongs to the caller.
func (s *Sequence) At(step int) (epoch int, images []int) {
	epoch, place := s.Epoch(step)
	if epoch != s.epoch {
		s.order = Permutation(s.seed, epoch, len(s.images))
		s.epoch = epoch
	}
	images = make([]int, s.batch)
	for k, p := range s.order[place*s.batch:][:s.batch] {
		images[k] = s.images[p]
	}
	return epoch, images
}

// InOrder walks a list of images once, in its own order, in batches of the
// given size of which the last may be shorter: the order of an evaluation.
type InOrder struct {
	Images []int
	Batch  int
}

// Len returns the number of images.
func (o InOrder) Len() int { return len(o.Images) }

// Steps returns ⌈images/batch⌉.
func (o InOrder) Steps() int { return (len(o.Images) + o.Batch - 1) / o.Batch }

// At returns the images of a step in [0, Steps); its epoch is always 0.
func (o InOrder) At(step int) (epoch int, images []int) {
	first := step * o.Batch
	last := min(first+o.Batch, len(o.Images))
	return 0, append([]int(nil), o.Images[first:last]...)
}
