package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/dino-go/dino/internal/run/trainer"
	"github.com/dino-go/dino/internal/usage"
)

func TestExitCodes(t *testing.T) {
	for _, c := range []struct {
		err  error
		want int
	}{
		{nil, 0},
		{errors.New("disk on fire"), 1},
		{fmt.Errorf("pretrain: %w", os.ErrPermission), 1},
		{usage.Errorf("no --out"), 2},
		{fmt.Errorf("more: %w", usage.Wrap(errors.New("inner"))), 2},
		{trainer.ErrInterrupted, 3},
		{usage.Wrap(fmt.Errorf("folder: scanning: %w", context.Canceled)), 3},
		{fmt.Errorf("more: %w", &trainer.NonFiniteError{}), 4},
	} {
		if got := exitCode(c.err); got != c.want {
			t.Errorf("%v: code %d, want %d", c.err, got, c.want)
		}
	}
}

func TestWrapOfNothing(t *testing.T) {
	if err := usage.Wrap(nil); err != nil {
		t.Errorf("got %v", err)
	}
}

func TestMessage(t *testing.T) {
	canceled := fmt.Errorf("folder: scanning photos: %w", context.Canceled)
	for _, c := range []struct {
		err   error
		debug bool
		want  string
	}{
		{errors.New("short"), false, "short"},
		{canceled, false, "interrupted; run the same command again"},
		{usage.Interrupted("embed: %d are kept", 3), false, "embed: 3 are kept"},
		{canceled, true, "folder: scanning photos: context canceled"},
	} {
		if got := message(c.err, c.debug); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// Every command says what it is for and shows how it is called, with flags that exist.
func TestHelpOfEveryCommand(t *testing.T) {
	var visit func(*cobra.Command)
	visit = func(cmd *cobra.Command) {
		if cmd.Short == "" || cmd.Long == "" {
			t.Errorf("%s: has no description", cmd.CommandPath())
		}
		if !strings.Contains(cmd.Example, cmd.CommandPath()) {
			t.Errorf("%s: the example %q does not call it", cmd.CommandPath(), cmd.Example)
		}
		if cmd.Runnable() && !cmd.HasSubCommands() { // the examples of others are those of what is below them
			for _, word := range strings.Fields(ownLines(cmd)) {
				if name, ok := strings.CutPrefix(word, "--"); ok && cmd.Flags().Lookup(name) == nil {
					t.Errorf("%s: the example has the flag --%s, which the command lacks", cmd.CommandPath(), name)
				}
			}
		}
		for _, below := range cmd.Commands() {
			visit(below)
		}
	}
	visit(newRoot())
}

// ownLines are the lines of a command's example that call it and no other.
func ownLines(cmd *cobra.Command) string {
	var own strings.Builder
	for line := range strings.Lines(cmd.Example) {
		if strings.HasPrefix(strings.TrimSpace(line), cmd.CommandPath()) {
			own.WriteString(line)
		}
	}
	return own.String()
}
