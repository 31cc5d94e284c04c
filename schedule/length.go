package schedule

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/dino-go/dino/internal/option"
)

// Unit is the unit of a Length.
type Unit string

// The units of a Length. A percentage is one of the whole run.
const (
	Epochs  Unit = "epochs"
	Steps   Unit = "steps"
	Percent Unit = "%"
)

// Length is a part of a run, for instance of a warm-up. In configuration files
// it is written "10 epochs", "1250 steps", "1%", or "0" for none.
type Length struct {
	Count float64
	Unit  Unit // empty only for none
}

// ParseLength parses the written form of a Length.
func ParseLength(text string) (Length, error) {
	digits := strings.TrimRight(text, "%abcdefghijklmnopqrstuvwxyz ")
	count, err := option.ParseFloat(digits)
	if err != nil || count < 0 {
		return Length{}, fmt.Errorf("schedule: %q: %w", text, errLength)
	}
	switch unit := strings.TrimSpace(text[len(digits):]); unit {
	case "epoch", "epochs":
		return Length{count, Epochs}, nil
	case "step", "steps":
		if _, err := option.ParseInt(digits); err == nil {
			return Length{count, Steps}, nil
		}
	case "%":
		return Length{count, Percent}, nil
	case "":
		if count == 0 {
			return Length{}, nil
		}
	}
	return Length{}, fmt.Errorf("schedule: %q: %w", text, errLength)
}

var errLength = errors.New(`must be a length, for instance "10 epochs", "1250 steps", "1%" or "0"`)

// String returns the written form of the Length.
func (l Length) String() string {
	count := strconv.FormatFloat(l.Count, 'f', -1, 64)
	switch l.Unit {
	case "":
		return count
	case Percent:
		return count + "%"
	}
	if l.Count == 1 {
		return "1 " + strings.TrimSuffix(string(l.Unit), "s")
	}
	return count + " " + string(l.Unit)
}

// MarshalText returns the written form of the Length.
func (l Length) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText parses the written form of a Length.
func (l *Length) UnmarshalText(text []byte) (err error) {
	if *l, err = ParseLength(string(text)); err != nil {
		return errLength // who asks shows the text
	}
	return nil
}

// In returns the length in optimizer steps of a run, rounded down.
func (l Length) In(run Run) int {
	switch l.Unit {
	case Epochs:
		return int(l.Count * float64(run.StepsPerEpoch))
	case Percent:
		return int(l.Count / 100 * float64(run.Steps()))
	}
	return int(l.Count)
}
