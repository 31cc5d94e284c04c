package cli

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dino-go/dino/internal/option"
)

// strictNumbers makes every flag of a command, and of those below it, that takes numbers refuse what configuration files refuse: pflag
// reads 010 as 8 and takes 0x10, 1_000, inf and nan.
func strictNumbers(cmd *cobra.Command) {
	for _, flags := range []*pflag.FlagSet{cmd.Flags(), cmd.PersistentFlags()} {
		flags.VisitAll(func(f *pflag.Flag) {
			if check, ok := numberForms[strings.TrimSuffix(f.Value.Type(), "Slice")]; ok {
				f.Value = strictValue{f.Value, check}
			}
		})
	}
	for _, below := range cmd.Commands() {
		strictNumbers(below)
	}
}

// numberForms checks the text of a flag by its type, which for a list of numbers ends in Slice.
var numberForms = map[string]func(text string) error{
	"int":     func(text string) error { _, err := option.ParseInt(text); return err },
	"uint64":  func(text string) error { _, err := option.ParseUint(text); return err },
	"float64": func(text string) error { _, err := option.ParseFloat(text); return err },
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
