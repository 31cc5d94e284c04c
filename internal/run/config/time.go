package config

import (
	"errors"
	"strings"
	"time"

	"github.com/dino-go/dino/internal/option"
)

// Time is how long a new run may take, by the clock; 0 says nothing. It is written "90m", "1h30m"
// or "0".
type Time time.Duration

var errTime = errors.New(`must be a time, for instance "20m", "1h30m", or "0" for none`)

// longestTime is ten years.
const longestTime = 10 * 365 * 24 * time.Hour

// UnmarshalText reads the written form.
func (t *Time) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(string(text))
	if err != nil || d < 0 || d > longestTime {
		return errTime
	}
	*t = Time(d)
	return nil
}

// MarshalText returns the written form.
func (t Time) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// String returns the written form.
func (t Time) String() string {
	if t == 0 {
		return "0"
	}
	text := time.Duration(t).String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// settleTime gives a composed configuration the time of a new run, and the epochs that it is sized
// to: those that it was measured to be enough for, or before that the preset's. A run that goes on
// keeps both.
func (s Sources) settleTime(c *Config, asked Time, sized int) error {
	if s.Base == nil {
		c.Train.Time = asked
		if asked > 0 {
			c.Train.Epochs = sized
		}
		return nil
	}
	c.Train.Time = s.Base.Train.Time
	switch {
	case asked == 0:
	case asked == s.Base.Train.Time:
		c.Train.Epochs = s.Base.Train.Epochs
	case s.Base.Train.Time == 0:
		return invalid("train.time", "is %v, but the run began with %s %d and no time: leave the time out, or use "+
			"another run folder", asked, option.Name("train.epochs"), s.Base.Train.Epochs)
	default:
		return invalid("train.time", "is %v, but the run began with %v, which its schedule is made for: use the same, "+
			"or another run folder", asked, s.Base.Train.Time)
	}
	return nil
}
