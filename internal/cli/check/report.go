package check

import (
	"math"
	"slices"

	"github.com/dino-go/dino/internal/data/depth"
	"github.com/dino-go/dino/internal/data/imageio"
	"github.com/dino-go/dino/internal/data/survey"
	"github.com/dino-go/dino/internal/run/config"
)

// report is the output: a contract, see docs/formats.md.
type report struct {
	Data      string    `json:"data"`
	CanTrain  bool      `json:"can_train"`
	Images    int       `json:"images"` // files with the ending of an image
	Read      int       `json:"read"`   // of them that were looked at
	Decoded   int       `json:"decoded"`
	Bad       int       `json:"bad"`
	Bytes     int64     `json:"bytes"` // of all images
	Seconds   float64   `json:"seconds"`
	PerSecond float64   `json:"images_per_s"`
	Formats   []count   `json:"formats"`
	Stored    []samples `json:"stored"`
	Depth     *deep     `json:"depth,omitempty"` // absent where no image is deep
	Sizes     sizes     `json:"sizes"`
	Ignored   []ending  `json:"ignored"`
	Hidden    int       `json:"hidden"`
	Labels    labels    `json:"labels"`
	Copies    copies    `json:"copies"`
	Findings  []finding `json:"findings"`
	Run       *plan     `json:"run,omitempty"` // what was tried; absent where nothing was
}

type count struct {
	Name   string `json:"name"`
	Images int    `json:"images"`
}

type samples struct {
	Colour   string `json:"colour"`
	Channels int    `json:"channels"`
	Bits     int    `json:"bits"`
	Alpha    bool   `json:"alpha"`
	Images   int    `json:"images"`
}

// deep says what becomes black and white in images of more than 8 bits, or of numbers with a sign
// or a fraction.
type deep struct {
	Images int           `json:"images"` // that were measured
	Range  [3][2]float64 `json:"range"`  // of red, green and blue
	Least  float64       `json:"least"`  // of a sample of the values
	Most   float64       `json:"most"`
	what   string
}

// depthOf is nil where no image is deep.
func depthOf(f depth.Found, reading imageio.Reading) *deep {
	if f.Images == 0 {
		return nil
	}
	return &deep{f.Images, reading.Range, f.Least, f.Most, f.String()}
}

// sizes are width and height in pixels, and the median of the shorter sides.
type sizes struct {
	Smallest    [2]int   `json:"smallest"`
	Median      [2]int   `json:"median"`
	Largest     [2]int   `json:"largest"`
	ShorterSide int      `json:"shorter_side"`
	Buckets     []bucket `json:"buckets"`
}

// bucket counts shorter sides of at least From and below Below; Below is 0 in the last.
type bucket struct {
	From   int `json:"from"`
	Below  int `json:"below"`
	Images int `json:"images"`
}

type ending struct {
	Ending string `json:"ending"`
	Files  int    `json:"files"`
}

// labels say what the class folders are used for.
type labels struct {
	Classes  int    `json:"classes"`
	Largest  *count `json:"largest,omitempty"`
	Smallest *count `json:"smallest,omitempty"`
	HeldOut  int    `json:"held_out"` // images that a training keeps for the k-NN score
	Why      string `json:"why,omitempty"`
}

// copies are images that are there more than once.
type copies struct {
	Identical       int  `json:"identical"` // files beyond the first of their group
	IdenticalGroups int  `json:"identical_groups"`
	Near            int  `json:"near"`
	NearGroups      int  `json:"near_groups"`
	Complete        bool `json:"complete"` // all pairs of the folder were compared
}

type finding struct {
	Kind     string    `json:"kind"`
	Severity string    `json:"severity"` // stop, warning or note
	Count    int       `json:"count"`
	What     string    `json:"what"`
	Advice   string    `json:"advice"`
	Examples []example `json:"examples"`
}

type example struct {
	Path   string `json:"path"`
	Detail string `json:"detail,omitempty"`
	Group  int    `json:"group,omitempty"` // from 1: of images that belong together
}

// newReport puts what was seen into words and numbers.
func newReport(s *survey.Survey, c config.Config) *report {
	d := &s.Duplicates
	r := &report{
		Data: s.Index.Root, Images: s.Index.Len(), Read: len(s.Images), Decoded: s.Decoded(), Bad: s.Bad(),
		Bytes: s.Bytes(), Seconds: math.Round(1e3*s.Took.Seconds()) / 1e3, PerSecond: math.Round(10*s.PerSecond()) / 10,
		Formats: []count{}, Stored: []samples{}, Ignored: []ending{}, Hidden: s.Index.Hidden, Findings: []finding{},
		Sizes: sizesOf(s.Sizes()), Labels: labelsOf(s, c),
		Copies: copies{
			survey.Extra(d.Identical), len(d.Identical), survey.Extra(d.Near), len(d.Near), s.Whole() && !d.CutOff,
		},
		CanTrain: true,
	}
	for _, f := range s.Formats() {
		r.Formats = append(r.Formats, count(f))
	}
	for _, k := range s.Stored() {
		r.Stored = append(r.Stored, samples(k))
	}
	for _, i := range s.Index.Ignored {
		r.Ignored = append(r.Ignored, ending{i.Ending, i.Count})
	}
	r.find(s, c)
	return r
}

// find adds the findings.
func (r *report) find(s *survey.Survey, c config.Config) {
	rules := survey.Rules{
		MaxBadShare: c.Data.MaxBadShare, SmallestRun: c.Train.BatchSize,
		Crop: c.Augment.GlobalCrops.Size,
	}
	for _, f := range s.Findings(rules) {
		one := finding{f.Kind, f.Severity, f.Count, f.What, f.Advice, []example{}}
		for _, e := range f.Examples {
			one.Examples = append(one.Examples, example(e))
		}
		r.add(one)
	}
}

// add puts a finding behind those that are as grave.
func (r *report) add(f finding) {
	rank := []string{survey.Stop, survey.Warning, survey.Note}
	at := slices.IndexFunc(r.Findings, func(other finding) bool {
		return slices.Index(rank, other.Severity) > slices.Index(rank, f.Severity)
	})
	if at < 0 {
		at = len(r.Findings)
	}
	r.Findings = slices.Insert(r.Findings, at, f)
	r.CanTrain = r.CanTrain && f.Severity != survey.Stop
}

func sizesOf(s survey.Sizes) sizes {
	pair := func(s survey.Size) [2]int { return [2]int{s.Width, s.Height} }
	out := sizes{pair(s.Smallest), pair(s.Median), pair(s.Largest), s.ShorterSide, nil}
	for _, b := range s.Buckets {
		out.Buckets = append(out.Buckets, bucket(b))
	}
	return out
}

func labelsOf(s *survey.Survey, c config.Config) labels {
	classes := s.Classes()
	switch {
	case len(classes) == 0:
		return labels{Why: s.Index.WhyUnlabelled}
	case c.KNN.EveryEpochs == 0:
		return labels{Why: "knn.every_epochs is 0"}
	}
	_, held := s.Index.HoldOut(c.KNN.HoldOut, c.KNN.MaxQueries)
	largest, smallest := count(classes[0]), count(classes[len(classes)-1])
	return labels{Classes: len(classes), Largest: &largest, Smallest: &smallest, HeldOut: len(held)}
}
