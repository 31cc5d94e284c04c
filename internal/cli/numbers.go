package cli

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dino-go/dino/internal/option"
)

// strictNumbers makes every flag of a command, and of those below it, that takes numbers, or yes or
// no, refuse what configuration files refuse: pflag reads 010 as 8 and takes 0x10, 1_000, inf, nan
// and T, and says what it refuses in Go's words.
func strictNumbers(cmd *cobra.Command) {
	for _, flags := range []*pflag.FlagSet{cmd.Flags(), cmd.PersistentFlags()} {
		flags.VisitAll(func(f *pflag.Flag) {
			if form, ok := numberForms[strings.TrimSuffix(f.Value.Type(), "Slice")]; ok {
				f.Value = strictValue{f.Value, func(text string) error {
					if err := form(text); err != nil {
						return err
					}
					return checkLeast(f.Name, text)
				}}
			}
		})
	}
	for _, below := range cmd.Commands() {
		strictNumbers(below)
	}
}

// numberForms checks the text of a flag by its type, which for a list of numbers ends in Slice.
var numberForms = map[string]func(text string) error{
	"int":      func(text string) error { _, err := option.ParseInt(text); return err },
	"uint64":   func(text string) error { _, err := option.ParseUint(text); return err },
	"float64":  func(text string) error { _, err := option.ParseFloat(text); return err },
	"bool":     yesOrNo,
	"duration": lengthOfTime,
}

// times are what a flag takes for a length of time: numbers with their units, without a sign.
var times = regexp.MustCompile(`^(0|((0|[1-9][0-9]*)(\.[0-9]+)?(ms|s|m|h))+)$`)

func lengthOfTime(text string) error {
	if !times.MatchString(text) {
		return errors.New("must be a time with its unit, such as 90s, 10m or 1h30m")
	}
	return nil
}

// least is the least number that flags of a name take, in all commands. Ranges that hang on other
// flags are the commands' business.
var least = map[string]float64{
	"epochs": 1, "iterations": 1, "k": 1, "steps": 1, "train-batch": 1, "classes": 1, "multiple": 1, "short": 1,
	"similar": 1,
	"batch":   1, "heads": 0, "workers": 0, "show": 0, "prefix": 0, "depth": 0, "radius": 0, "views": 0, "images": 0,
	"last": 0, "limit": 0,
	"l2": 0, "weight-decay": 0, "tolerance": 0,
}

// positive are the flags that take any number above 0.
var positive = []string{"lr", "temperature"}

func yesOrNo(text string) error {
	if text != "true" && text != "false" {
		return errors.New("must be true or false")
	}
	return nil
}

func checkLeast(flag, text string) error {
	if _, checked := least[flag]; !checked && !slices.Contains(positive, flag) {
		return nil
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return err
	}
	if from, ok := least[flag]; ok && x < from {
		return fmt.Errorf("must be at least %v", from)
	}
	if slices.Contains(positive, flag) && x <= 0 {
		return errors.New("must be above 0")
	}
	return nil
}

// strictValue is a flag of numbers, separated by commas where it is a list.
type strictValue struct {
	pflag.Value
	check func(text string) error
}

// Set checks the text before the flag reads it.
func (v strictValue) Set(text string) error {
	for one := range strings.SplitSeq(text, ",") {
		if err := v.check(one); err != nil {
			return err
		}
	}
	return v.Value.Set(text)
}
