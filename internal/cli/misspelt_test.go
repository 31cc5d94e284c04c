package cli

import (
	"io"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dino-go/dino/internal/spelling"
)

// refusal runs the command line in this process up to an error, which it returns as it is printed.
func refusal(t *testing.T, args ...string) string {
	t.Helper()
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(io.Discard)
	root.SetErr(io.Discard)
	err := explained(root, root.ExecuteContext(t.Context()))
	if err == nil {
		t.Fatalf("%q is no error", args)
	}
	if code := exitCode(err); code != Usage {
		t.Errorf("%q: exit code %d, want %d: %v", args, code, Usage, err)
	}
	return message(err, false)
}

// A slip in a verb, a flag, a word that a flag takes or an option is answered with what was meant.
func TestDidYouMean(t *testing.T) {
	for args, want := range map[string]string{
		"pertrain --data x":         `there is no command "dino pertrain"; did you mean dino pretrain? See`,
		"train --data x":            "did you mean dino pretrain?",
		"knn":                       "did you mean dino eval knn?",
		"eval kn --data x":          `there is no command "dino eval kn"; did you mean dino eval knn?`,
		"eval segmnt":               "did you mean dino eval segment?",
		"embde":                     "did you mean dino embed?",
		"neighbours x":              "did you mean dino eval retrieval?",
		"pretrain --dta x":          "unknown flag: --dta; did you mean --data?",
		"embed --output x":          "did you mean --out?",
		"pretrain --batch-size 3":   "did you mean --set train.batch_size=…?",
		"pretrain --n_prototypes 3": "did you mean --set model.n_prototypes=…?",
		"pretrain photos":           `pretrain: "photos" stands alone; did you mean --data photos? See`,
		"synth photos":              `synth: "photos" stands alone, and no flag is in front of it; see`,
		"cluster x --wieghts y":     "did you mean --weights?",
		"attention x --weights w --out o --colors vridis": "did you mean viridis?",
		"export x --to tim --out y":                       "did you mean timm?",
		"export x --to timm --part ful --out y.pth":       "did you mean full?",
	} {
		if got := refusal(t, strings.Fields(args)...); !strings.Contains(got, want) {
			t.Errorf("dino %s: %q, want %q", args, got, want)
		}
	}
	for _, args := range []string{"wholly --different", "eval wholly", "embed --wholly-different"} {
		if got := refusal(t, strings.Fields(args)...); strings.Contains(got, "did you mean") {
			t.Errorf("dino %s: nothing is near, but got %q", args, got)
		}
	}
}

// Every flag of every command is found again from a slip: a letter left out, a letter twice, two in
// the wrong order.
func TestEveryFlagIsFoundAgain(t *testing.T) {
	var visit func(*cobra.Command)
	visit = func(cmd *cobra.Command) {
		cmd.InitDefaultHelpFlag()
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			n := f.Name
			if len(n) < 3 || f.Hidden {
				return
			}
			for _, slip := range []string{n[:1] + n[2:], n[:2] + n[1:], n[:1] + n[2:3] + n[1:2] + n[3:]} {
				if cmd.Flags().Lookup(slip) != nil || slip == n {
					continue
				}
				got := meantFlag(cmd, slip)
				meant := strings.TrimSuffix(strings.TrimPrefix(got, "; did you mean --"), "?")
				if spelling.Distance(slip, meant) > 1 { // another flag may be as near
					t.Errorf("%s --%s: %q, want --%s", cmd.CommandPath(), slip, got, n)
				}
			}
		})
		for _, below := range cmd.Commands() {
			visit(below)
		}
	}
	visit(newRoot())
}
