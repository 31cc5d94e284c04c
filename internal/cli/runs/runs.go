// Package runs is the verb `dino runs`: the runs of a folder as a table, the best of them, one of
// them in detail, all of them for other programs, and away with them.
package runs

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/dino-go/dino/internal/usage"
	"github.com/dino-go/dino/internal/watch/runs"
)

// NewCmd returns the verb.
func NewCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "runs",
		Short: "List, show, compare, export and remove runs",
		Long: `List, show, compare, export and remove runs.

RUN-or-FOLDER is a run folder or a folder that holds some, at most three levels below.`,
		Example: `  dino runs ls runs
  dino runs best runs
  dino runs export runs --format csv > runs.csv`,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newList(), newShow(), newBest(), newExport(), newRemove())
	return cmd
}

// atLeastOne wants arguments.
func atLeastOne(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usage.Errorf("runs %s: name run folders, or a folder that holds some; see `%s --help`", cmd.Name(),
			cmd.CommandPath())
	}
	return nil
}

// find returns the runs that the arguments name, looked at once; at least one.
func find(verb string, paths []string) ([]*runs.Run, error) {
	found, _, err := runs.Find(paths)
	if err != nil {
		return nil, usage.Errorf("runs %s: %w", verb, err)
	}
	if len(found) == 0 {
		return nil, usage.Errorf("runs %s: %s holds no run", verb, paths[0])
	}
	locks := runs.ReadLocks()
	for _, r := range found {
		r.Refresh(time.Now(), locks)
	}
	return found, nil
}
