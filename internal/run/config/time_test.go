package config

import (
	"strings"
	"testing"
	"time"
)

func TestTimeIsWrittenAsItIsRead(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"0": 0, "20m": 20 * time.Minute, "1h": time.Hour, "1h30m": 90 * time.Minute, "90s": 90 * time.Second,
		"250ms": 250 * time.Millisecond, "2h0m5s": 2*time.Hour + 5*time.Second,
	} {
		var got, again Time
		if err := got.UnmarshalText([]byte(text)); err != nil || time.Duration(got) != want {
			t.Errorf("%s is read as %v (%v), want %v", text, time.Duration(got), err, want)
		}
		if err := again.UnmarshalText([]byte(got.String())); err != nil || again != got {
			t.Errorf("%s is written as %s, which is read as %v (%v)", text, got, time.Duration(again), err)
		}
	}
	for _, text := range []string{"", "1", "-1h", "an hour", "1d", "200000h"} {
		var got Time
		if err := got.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is read as %v", text, time.Duration(got))
		}
	}
}

// Of a time and a number of epochs the one counts that is named by the stronger layer; in one layer
// the epochs, since the configuration of a run that was sized to a time has both.
func TestTimeOrEpochs(t *testing.T) {
	file := func(text string) string { return write(t, text) }
	const measured = 77
	for _, c := range []struct {
		name   string
		from   Sources
		time   Time
		epochs int // 0: the preset's
	}{
		{"neither", Sources{}, 0, 0},
		{"a time alone", Sources{Set: []string{"train.time=1h"}, Epochs: measured}, Time(time.Hour), measured},
		{"a time that was not measured yet", Sources{Set: []string{"train.time=1h"}}, Time(time.Hour), 0},
		{
			"a time over the epochs of a file",
			Sources{File: file("train: {epochs: 9}"), Set: []string{"train.time=1h"}, Epochs: measured},
			Time(time.Hour), measured,
		},
		{
			"epochs over the time of a file",
			Sources{File: file("train: {time: 1h}"), Set: []string{"train.epochs=9"}},
			0,
			9,
		},
		{"both in one file", Sources{File: file("train: {time: 1h, epochs: 9}")}, 0, 9},
		{"no time", Sources{Set: []string{"train.time=0", "train.epochs=9"}}, 0, 9},
	} {
		got := mustLoad(t, c.from)
		if got.Train.Time != c.time || c.epochs > 0 && got.Train.Epochs != c.epochs {
			t.Errorf("%s: time %v and %d epochs, want %v and %d", c.name, got.Train.Time, got.Train.Epochs, c.time,
				c.epochs)
		}
	}
}

// A run that goes on has the epochs that its time was measured to be enough for, whatever else the
// same command names, and refuses another time.
func TestTimeOfARunThatGoesOn(t *testing.T) {
	file := write(t, "train: {epochs: 9}")
	base := mustLoad(t, Sources{File: file, Set: []string{"train.time=1h"}, Epochs: 77})
	for _, c := range []struct {
		name, refused string
		from          Sources
	}{
		{"the same command", "", Sources{File: file, Set: []string{"train.time=1h"}}},
		{"without a time", "", Sources{}},
		{"another time", "which its schedule is made for", Sources{Set: []string{"train.time=2h"}}},
	} {
		c.from.Base = &base
		got, err := Load(c.from, small)
		if c.refused != "" {
			if err == nil || !strings.Contains(err.Error(), c.refused) {
				t.Errorf("%s: %v, want it refused with %q", c.name, err, c.refused)
			}
			continue
		}
		if err != nil || got.Train.Time != Time(time.Hour) || got.Train.Epochs != 77 {
			t.Errorf("%s: time %v and %d epochs (%v), want those of the run, 1h and 77", c.name, got.Train.Time,
				got.Train.Epochs, err)
		}
	}
	base = mustLoad(t, Sources{File: file})
	if _, err := Load(Sources{Base: &base, Set: []string{"train.time=1h"}}, small); err == nil {
		t.Error("a run that began without a time goes on with one")
	}
}
