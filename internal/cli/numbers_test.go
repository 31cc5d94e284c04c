package cli

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Every flag of every command that takes a number refuses, by its name, what readers of numbers
// disagree about. No other type of number is among the flags, or it would go unchecked.
func TestNumbersOfEveryFlag(t *testing.T) {
	bad := map[string][]string{
		"int":      {"010", "0x10", "1_000", "1e3", "+5", "", "99999999999999999999", "five", "5.0", "-0"},
		"uint64":   {"010", "0x10", "1_000", "1e3", "18446744073709551616", "-1", ""},
		"duration": {"5", "010s", "0x10s", "1e3s", "-5s", "+5s", "1_0s", "inf", "", "s", "5 s", "1d"},
		"float64":  {"inf", "nan", "NaN", "0x1p4", "1e400", "1e-400", "-0", "01.5", "", "half"},
	}
	bad["bool"] = []string{"yes", "on", "True", "1", "T", ""}
	other := map[string]bool{
		"string": true, "stringArray": true, "stringSlice": true,
		"WIDTHxHEIGHT": true, "auto|always|never": true,
	}
	checked, named := 0, map[string]bool{}
	var visit func(*cobra.Command)
	visit = func(cmd *cobra.Command) {
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			kind := strings.TrimSuffix(f.Value.Type(), "Slice")
			if bad[kind] == nil && !other[f.Value.Type()] {
				t.Errorf("%s --%s is a %s: does anything check its numbers?", cmd.CommandPath(), f.Name, f.Value.Type())
			}
			for _, text := range bad[kind] {
				checked++
				err := cmd.ParseFlags([]string{"--" + f.Name + "=" + text})
				if err == nil || !strings.Contains(err.Error(), "--"+f.Name) ||
					!strings.Contains(err.Error(), "must be") || !strings.Contains(err.Error(), `"`+text+`"`) {
					t.Errorf("%s --%s=%s: %v", cmd.CommandPath(), f.Name, text, err)
				}
			}
			below, bounded := least[f.Name]
			if bad[kind] != nil && (bounded || slices.Contains(positive, f.Name)) {
				named[f.Name] = true
				text := fmt.Sprint(below - 1)
				if kind == "float64" {
					text = fmt.Sprint(below - 0.5)
				}
				if err := cmd.ParseFlags([]string{"--" + f.Name + "=12," + text}); kind != f.Value.Type() &&
					(err == nil || !strings.Contains(err.Error(), "must be a")) {
					t.Errorf("%s --%s=12,%s: %v", cmd.CommandPath(), f.Name, text, err)
				}
				err := cmd.ParseFlags([]string{"--" + f.Name + "=" + text})
				if err == nil || !strings.Contains(err.Error(), "--"+f.Name) ||
					!strings.Contains(err.Error(), "must be a") {
					t.Errorf("%s --%s=%s: %v", cmd.CommandPath(), f.Name, text, err)
				}
			}
			if bad[kind] != nil {
				text := cmp.Or(map[string]string{"bool": "true", "duration": "1h12m0.5s"}[kind], "12")
				if err := cmd.ParseFlags([]string{"--" + f.Name + "=" + text}); err != nil {
					t.Errorf("%s --%s=%s: %v", cmd.CommandPath(), f.Name, text, err)
				}
			}
		})
		for _, below := range cmd.Commands() {
			visit(below)
		}
	}
	visit(newRoot())
	if len(named) != len(least)+len(positive) {
		t.Errorf("ranges are known of %d flags, and %d of them exist", len(least)+len(positive), len(named))
	}
	if checked < 100 {
		t.Errorf("only %d values were tried", checked)
	}
}
