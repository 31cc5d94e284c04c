package loader

import (
	"fmt"
	"strings"

	"github.com/dino-go/dino/internal/terminal"
)

// BadImage is an image that cannot be decoded. Its JSON form is one line of a
// run's list of bad images.
type BadImage struct {
	Image  int    `json:"image"` // index in the data set
	Path   string `json:"path"`
	Reason string `json:"reason"` // what the decoder says of the bytes, with the file's name
}

// badList are the bad images met so far, in order of step and of place in the
// batch. It belongs to the consumer, so that it does not depend on how far ahead the workers are.
type badList struct {
	images   []BadImage
	known    map[int]bool
	total    int     // images in the data set
	maxShare float64 // of them that may be bad
}

func newBadList(known []BadImage, total int, maxShare float64) *badList {
	l := &badList{known: map[int]bool{}, total: total, maxShare: maxShare}
	l.add(known)
	return l
}

// add records images and returns those that are new.
func (l *badList) add(images []BadImage) []BadImage {
	from := len(l.images)
	for _, b := range images {
		if !l.known[b.Image] {
			l.known[b.Image] = true
			l.images = append(l.images, b)
		}
	}
	return l.images[from:len(l.images):len(l.images)]
}

// maxNamed is how many bad images an error names.
const maxNamed = 3

// check reports that more images are bad than allowed. The share is that of the
// whole data set, not of the part seen: a few bad files in the first batches
// stop no run.
func (l *badList) check() error {
	if float64(len(l.images)) <= l.maxShare*float64(l.total) {
		return nil
	}
	var named []string
	for _, b := range l.images[:min(maxNamed, len(l.images))] {
		named = append(named, terminal.Line(b.Reason)) // a name with a line break stays in its line
	}
	if more := len(l.images) - len(named); more > 0 {
		named = append(named, fmt.Sprintf("and %d more", more))
	}
	return fmt.Errorf("loader: %d of %d images cannot be decoded so far, the allowed share is %v: repair or remove "+
		"them, or allow more\n  %s",
		len(l.images), l.total, l.maxShare, strings.Join(named, "\n  "))
}
