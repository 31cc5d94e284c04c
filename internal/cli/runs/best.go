package runs

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/dino-go/dino/internal/terminal"
	"github.com/dino-go/dino/internal/usage"
	"github.com/dino-go/dino/internal/watch/runs"
)

func newBest() *cobra.Command {
	var by string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "best RUN-or-FOLDER...",
		Short: "Print the path of the best run",
		Long: `Print the path of the best run: that with the highest k-NN accuracy (--by knn, of its best
checkpoint) or with the lowest last loss (--by loss). Losses can be compared only between
runs with the same number of prototypes and the same teacher temperature.`,
		Example: `  dino runs best runs
  dino embed --weights "$(dino runs best runs)" --data photos --out photos.parquet`,
		Args: atLeastOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			if by != "knn" && by != "loss" {
				return usage.Errorf("runs best: --by is %q: must be knn or loss", by)
			}
			found, err := find("best", args)
			if err != nil {
				return err
			}
			return printBest(cmd.OutOrStdout(), found, by, asJSON)
		},
	}
	cmd.Flags().StringVar(&by, "by", "knn", "what to compare: knn or loss")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

func printBest(w io.Writer, found []*runs.Run, by string, asJSON bool) error {
	best := bestOf(found, by)
	if best == nil {
		return fmt.Errorf("runs best: none of the %d runs has a %s", len(found), by)
	}
	if asJSON {
		return printJSON(w, []*runs.Run{best})
	}
	_, err := fmt.Fprintln(w, terminal.Line(best.Path))
	return err
}

// score is what runs are compared by, the larger the better; nil where a run has none.
func score(s runs.Summary, by string) *float64 {
	if by == "loss" {
		if s.Loss == nil {
			return nil
		}
		lower := -*s.Loss
		return &lower
	}
	if s.BestKNN != nil {
		return s.BestKNN
	}
	return s.KNN
}

func bestOf(found []*runs.Run, by string) (best *runs.Run) {
	var most float64
	for _, r := range found {
		if x := score(r.Summary(), by); x != nil && (best == nil || *x > most) {
			best, most = r, *x
		}
	}
	return best
}
