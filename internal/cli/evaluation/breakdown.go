package evaluation

import (
	"cmp"
	"slices"

	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/terminal"
)

// classAccuracy is how well one class was recognised.
type classAccuracy struct {
	Class    string  `json:"class"`
	Queries  int     `json:"queries"`
	Correct  int     `json:"correct"`
	Accuracy float64 `json:"accuracy"` // percent
}

// mistake counts the images of a class that were taken for another.
type mistake struct {
	Class     string  `json:"class"`
	Predicted string  `json:"predicted"`
	Count     int     `json:"count"`
	Share     float64 `json:"share"` // of the class's images, percent
}

// breakdown is where a classifier is right and wrong.
type breakdown struct {
	balanced float64 // mean of the classes' accuracies, percent
	classes  []classAccuracy
	mistakes []mistake
}

// mistakesListed is how many pairs of classes are listed.
const mistakesListed = 20

func newBreakdown(labels, predictions []int, names []string) (b breakdown, err error) {
	confusion, err := eval.NewConfusion(labels, predictions)
	if err != nil {
		return b, err
	}
	b.balanced = confusion.Balanced()
	for _, c := range confusion.Classes() {
		b.classes = append(b.classes, classAccuracy{names[c.Class], c.Queries, c.Correct, c.Accuracy})
	}
	b.mistakes = []mistake{}
	for _, p := range confusion.Pairs(mistakesListed) {
		b.mistakes = append(b.mistakes, mistake{names[p.Class], names[p.Predicted], p.Count, p.Share})
	}
	return b, nil
}

// shown is how many classes and mistakes a person is shown.
const shown = 10

// text is the breakdown for a person: the classes that are recognised worst, and the most frequent
// mistakes.
func (b breakdown) text() terminal.Text {
	var out terminal.Builder
	out.Printf("mean of the classes %.1f %%", b.balanced)
	worst := slices.Clone(b.classes)
	slices.SortStableFunc(worst, func(a, b classAccuracy) int { return cmp.Compare(a.Accuracy, b.Accuracy) })
	for _, c := range worst[:min(shown, len(worst))] {
		out.Printf("\n  %5.1f %%  %s (%d of %d)", c.Accuracy, c.Class, c.Correct, c.Queries)
	}
	if len(worst) > shown {
		out.Printf("\n  … and %d classes that are recognised better", len(worst)-shown)
	}
	for _, m := range b.mistakes[:min(shown, len(b.mistakes))] {
		out.Printf("\n  %d × %s taken for %s", m.Count, m.Class, m.Predicted)
	}
	return out.Text()
}
