// Package evaluation holds the verbs that say what the features of networks are worth: `dino eval`,
// by one measure each, and `dino compare-models`, of several networks in one table.
package evaluation

import (
	"github.com/spf13/cobra"
)

// NewCmd returns the verb with a command for every measure.
func NewCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "eval MEASURE",
		Short: "Measure what the features of a network are worth",
		Long: `Measure what the features of a network are worth: with labels (knn, linear, logreg,
retrieval), without (rank), as a detector of copies, or by following objects in videos.

Images come from folders, whose first-level folders are the classes, with --weights; or
from files that dino embed wrote, without.`,
		Example: `  dino eval knn --weights run --train photos/train --test photos/val
  dino eval rank --weights run --data photos --json`,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newKNN(), newLinear(), newLogistic(), newRank(), newRetrieval(), newCopies(), newSegment())
	return cmd
}
