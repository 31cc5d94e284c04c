package runs

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dino-go/dino/internal/atomicfile"
	"github.com/dino-go/dino/internal/run/rundir"
	"github.com/dino-go/dino/internal/runfiles"
	"github.com/dino-go/dino/internal/terminal"
	"github.com/dino-go/dino/internal/usage"
	"github.com/dino-go/dino/internal/watch/runs"
)

func newRemove() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "rm RUN...",
		Short: "Remove runs, with their checkpoints and trained networks",
		Long: `Remove runs, with their checkpoints and trained networks, for good. It asks first, unless
--yes says so. Refused are folders that are no runs or hold files of others, links, and runs
that somebody works on; then nothing is removed.`,
		Example: `  dino runs rm runs/failed
  dino runs rm runs/a runs/b --yes`,
		Args: atLeastOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			locks := runs.ReadLocks()
			for _, path := range args {
				if err := removable(path, locks); err != nil {
					return usage.Errorf("runs rm: %s: %w; nothing was removed", path, err)
				}
			}
			if !yes {
				agreed, err := ask(cmd.InOrStdin(), cmd.ErrOrStderr(), args)
				if err != nil || !agreed {
					return err
				}
			}
			for _, path := range args {
				if err := remove(path); err != nil {
					return fmt.Errorf("runs rm: %w", err)
				}
				fmt.Fprintln(cmd.OutOrStdout(), terminal.Sprintf("removed %s", path))
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

// removable refuses what is no run, holds what is not the run's, or is worked on.
func removable(path string, locks runs.Locks) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return errors.New("is no folder")
	}
	if !runs.IsRun(path) {
		return errors.New("is no run")
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !runfiles.IsOwn(e.Name()) && !atomicfile.IsTemporary(e.Name()) {
			return fmt.Errorf("holds %q, which is not the run's: move it away, or remove the folder yourself", e.Name())
		}
	}
	r := runs.Open(path, path)
	r.Refresh(time.Now(), locks)
	if s := r.Summary(); s.State == runs.Running || s.State == runs.Starting {
		return fmt.Errorf("is %s: something was written %d s ago; end it first, or wait a minute", s.State, s.Silent)
	}
	return nil
}

// ask asks whoever is at the terminal; elsewhere the answer has to be --yes.
func ask(in io.Reader, out io.Writer, paths []string) (bool, error) {
	if file, ok := in.(*os.File); !ok || !terminal.Is(file) {
		return false, usage.Errorf("runs rm: nobody can be asked, as standard input is no terminal: add --yes")
	}
	fmt.Fprint(out, terminal.Sprintf("remove %s with all checkpoints? [y/N] ", terminal.Lines(paths, ", ")))
	answer, _ := bufio.NewReader(in).ReadString('\n')
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return true, nil
	}
	fmt.Fprintln(out, "nothing was removed")
	return false, nil
}

// remove takes the run's lock first: a process that works on it keeps it.
func remove(path string) error {
	dir, err := rundir.Open(path)
	if err != nil {
		return err
	}
	defer dir.Close()
	return os.RemoveAll(path)
}
