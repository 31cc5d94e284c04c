package stored

import (
	"errors"
	"regexp"
	"strings"

	"github.com/dino-go/dino/internal/option"
)

// Ways to find the range of values.
const (
	ByType   = "type"     // what the type of the samples spans
	Auto     = "auto"     // measured, one range for all channels
	Channels = "channels" // measured, one range for every channel
)

// Choice is how the range of values is found: one of the words, or the range itself. The zero
// Choice is by type.
type Choice struct {
	Word  string // empty where Range is given, and for ByType
	Range Range  // where it is given
}

// Given is the choice of a range.
func Given(r Range) Choice { return Choice{Range: r} }

// Measured tells whether the range has to be measured.
func (c Choice) Measured() bool { return c.Word == Auto || c.Word == Channels }

// String is the written form.
func (c Choice) String() string {
	if c.Word != "" {
		return c.Word
	}
	return c.Range.String()
}

// MarshalText returns the written form.
func (c Choice) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

var errChoice = errors.New("must be type, auto, channels, [low, high], or three such pairs for red, green and blue")

// pairForm is a pair of numbers as it is written.
var pairForm = regexp.MustCompile(`\[([^][,]*),([^][,]*)\]`)

// UnmarshalText reads the written form.
func (c *Choice) UnmarshalText(text []byte) error {
	word := strings.TrimSpace(string(text))
	switch word {
	case ByType:
		*c = Choice{}
		return nil
	case Auto, Channels:
		*c = Choice{Word: word}
		return nil
	}
	var ends [][2]float64
	for _, numbers := range pairForm.FindAllStringSubmatch(word, -1) {
		low, errLow := option.ParseFloat(strings.TrimSpace(numbers[1]))
		high, errHigh := option.ParseFloat(strings.TrimSpace(numbers[2]))
		if errLow != nil || errHigh != nil {
			return errChoice
		}
		ends = append(ends, [2]float64{low, high})
	}
	rest := strings.ReplaceAll(pairForm.ReplaceAllString(word, "#"), " ", "")
	var r Range
	switch rest {
	case "#":
		r = Uniform(ends[0][0], ends[0][1])
	case "[#,#,#]":
		r = Range(ends)
	default:
		return errChoice
	}
	if r == (Range{}) {
		return errChoice
	}
	*c = Given(r)
	return r.Validate()
}
