package runs

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/dino-go/dino/internal/bounded"
	"github.com/dino-go/dino/internal/regularfile"
	"github.com/dino-go/dino/internal/runfiles"
	"github.com/dino-go/dino/internal/settings"
)

// Option is one option of a configuration, by its whole path: "train.epochs".
type Option struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Options reads the configuration of the run, in its order. Any YAML within bounds is taken: the
// options of another version are shown like ours.
func (r *Run) Options() ([]Option, error) { return readOptions(r.file(runfiles.Config)) }

// DataFolder is where the images of the run are by its configuration, which may be relative to
// where it was begun; empty where that is not known.
func (r *Run) DataFolder() string {
	options, _ := r.Options() // what cannot be read says nothing
	for _, o := range options {
		if o.Name == "data.dir" {
			return o.Value
		}
	}
	return ""
}

func readOptions(path string) ([]Option, error) {
	if err := regularfile.CheckOwn(path); err != nil {
		return nil, err
	}
	text, err := bounded.Read(path, bounded.MaxSize)
	if err != nil {
		return nil, err
	}
	if err := bounded.PlainYAML(text); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	set, err := settings.Of(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	var options []Option
	for _, s := range set {
		options = append(options, Option{s.Name, written(s.Value)})
	}
	return options, nil
}

// written is a value for people.
func written(value any) string {
	list, ok := value.([]any)
	if !ok {
		return fmt.Sprint(value)
	}
	parts := make([]string, len(list))
	for i, v := range list {
		parts[i] = written(v)
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// facts are the options that the summary needs; 0 where they are not known.
type facts struct{ epochs, batch, prototypes int }

func readFacts(path string) (f facts) {
	options, _ := readOptions(path) // what cannot be read says nothing
	for _, o := range options {
		for name, into := range map[string]*int{
			"train.epochs": &f.epochs, "train.batch_size": &f.batch, "model.n_prototypes": &f.prototypes,
		} {
			if n, err := strconv.Atoi(o.Value); o.Name == name && err == nil && n > 0 {
				*into = n
			}
		}
	}
	return f
}

// maxEntropy is ln K.
func (f facts) maxEntropy() *float64 {
	if f.prototypes == 0 {
		return nil
	}
	most := math.Log(float64(f.prototypes))
	return &most
}

// How long a run may write nothing and still count as alive: a minute, and twenty steps where they
// are slow.
const (
	leastPatience = time.Minute
	patientSteps  = 20
)

func (f facts) patience(imagesPerSecond *float64) time.Duration {
	if imagesPerSecond == nil || !(*imagesPerSecond > 0) {
		return leastPatience
	}
	step := min(float64(f.batch) / *imagesPerSecond, 3600)
	return max(leastPatience, time.Duration(patientSteps*step*float64(time.Second)))
}
