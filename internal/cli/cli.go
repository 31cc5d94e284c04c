// Package cli is the command line: one package a verb, and the exit codes.
package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dino-go/dino/internal/cli/attention"
	"github.com/dino-go/dino/internal/cli/check"
	"github.com/dino-go/dino/internal/cli/cluster"
	"github.com/dino-go/dino/internal/cli/compare"
	"github.com/dino-go/dino/internal/cli/dedup"
	"github.com/dino-go/dino/internal/cli/embed"
	"github.com/dino-go/dino/internal/cli/embeddingmap"
	"github.com/dino-go/dino/internal/cli/evaluation"
	"github.com/dino-go/dino/internal/cli/export"
	"github.com/dino-go/dino/internal/cli/inspect"
	"github.com/dino-go/dino/internal/cli/pretrain"
	"github.com/dino-go/dino/internal/cli/report"
	"github.com/dino-go/dino/internal/cli/runs"
	"github.com/dino-go/dino/internal/cli/synth"
	"github.com/dino-go/dino/internal/cli/version"
	"github.com/dino-go/dino/internal/cli/watch"
	"github.com/dino-go/dino/internal/memory"
	"github.com/dino-go/dino/internal/run/trainer"
	"github.com/dino-go/dino/internal/run/verdict"
	"github.com/dino-go/dino/internal/terminal"
	"github.com/dino-go/dino/internal/usage"
)

// Exit codes. They are a contract: see docs/formats.md.
const (
	OK          = 0
	Failed      = 1
	Usage       = 2 // wrong flags or configuration; nothing was done
	Interrupted = 3 // SIGINT, SIGTERM or SIGHUP: the state, if training had begun, is saved; the same command goes on
	NonFinite   = 4 // the loss became NaN or infinite; the last good state is kept
	Collapsed   = 5 // the run learned nothing any more, and --stop-on-collapse ended it
)

// Main runs the command line and returns the exit code.
func Main(args []string, stdout, stderr *os.File) int {
	memory.LimitHeap()
	ctx, stop := interruptible()
	defer stop()
	root, out := newRoot(), newOutput(stdout)
	guarded, errOut := terminal.NewWriter(out), terminal.NewWriter(stderr)
	paint := func() {
		for _, w := range []*terminal.Writer{guarded, errOut} {
			w.Paint(terminal.When(root.PersistentFlags().Lookup(colorFlag).Value.String()))
		}
	}
	root.SetArgs(args)
	root.SetOut(guarded)
	if forShell(args) {
		root.SetOut(out)
	}
	root.SetErr(errOut)
	root.PersistentPreRun = func(cmd *cobra.Command, _ []string) {
		out.serve(cmd)
		paint()
	}
	err := explained(root, root.ExecuteContext(ctx))
	if err == nil {
		err = out.lost()
	}
	if err != nil {
		debug, _ := root.PersistentFlags().GetBool("debug")
		paint()
		terminal.Control(errOut, terminal.Colored(errOut, terminal.Problem, "dino:"))
		fmt.Fprintln(errOut, " "+message(err, debug))
	}
	return exitCode(err)
}

// glossary is where the words of messages are explained.
const glossary = "https://github.com/dino-go/dino/blob/main/docs/glossary.md"

// colorFlag is the flag for colours.
const colorFlag = "color"

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "dino",
		Short: "Pretrain a vision transformer on a folder of images, without labels",
		Long: `dino trains a vision transformer on a folder of your own images, without labels
(DINO, self-distillation; Caron et al. 2021), and tells you whether it learned.

What its words mean (teacher, prototype, entropy, collapse …) is in docs/glossary.md, or at
` + glossary + `.

Completion of verbs, flags and what they take:

  source <(dino completion bash)         in bash; see dino completion bash --help to keep it
  source <(dino completion zsh)          in zsh
  dino completion fish | source          in fish
  dino completion powershell | Out-String | Invoke-Expression`,
		Example: `  dino pretrain --data photos --out run
  dino synth --out shapes && dino pretrain --data shapes --out run`,
		Version:       version.Read().String(),
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetVersionTemplate("dino {{.Version}}\n")
	root.PersistentFlags().Bool("debug", false, "print the whole error, with the stack of a failed computation")
	when := terminal.Auto
	root.PersistentFlags().Var(&when, colorFlag, "colour: auto on a terminal, unless NO_COLOR is set; always; never")
	root.SetFlagErrorFunc(flagError)
	root.DisableSuggestions = true // ours are better: see misspelt.go
	root.AddCommand(
		attention.NewCmd(), check.NewCmd(), cluster.NewCmd(), compare.NewCmd(), evaluation.NewCompareModels(),
		dedup.NewCmd(),
		embed.NewCmd(), evaluation.NewCmd(),
		export.NewCmd(), inspect.NewCmd(), embeddingmap.NewCmd(), pretrain.NewCmd(), synth.NewCmd(), version.NewCmd(),
		report.NewCmd(), runs.NewCmd(), watch.NewCmd(),
	)
	strictNumbers(root)
	explainArguments(root)
	complete(root)
	return root
}

// exitCode is the one place where errors become exit codes.
func exitCode(err error) int {
	var nonFinite *trainer.NonFiniteError
	var wrongUse *usage.Error
	switch {
	case err == nil:
		return OK
	case errors.Is(err, trainer.ErrInterrupted), errors.Is(err, context.Canceled):
		return Interrupted
	case errors.As(err, &nonFinite):
		return NonFinite
	case errors.Is(err, verdict.ErrFailed):
		return Collapsed
	case errors.As(err, &wrongUse):
		return Usage
	}
	return Failed
}

// message is an error for a person. GoMLX's errors carry stacks, which %+v prints. All lines but
// the first are indented: a line break in a name that an error quotes begins no line that looks
// like the program's own.
func message(err error, debug bool) string {
	switch {
	case debug:
		return fmt.Sprintf("%+v", err)
	case errors.Is(err, context.Canceled) && !usage.IsInterrupted(err):
		return "interrupted; run the same command again"
	}
	return indented(plainly(err))
}

func indented(text string) string { return strings.ReplaceAll(text, "\n", "\n  ") }
