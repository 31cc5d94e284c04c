package runs

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/dino-go/dino/internal/progress"
	"github.com/dino-go/dino/internal/terminal"
	"github.com/dino-go/dino/internal/watch/runs"
)

func newList() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "ls RUN-or-FOLDER...",
		Short: "List runs and how each is getting on",
		Long: `List runs and how each is getting on: alive, finished, interrupted or dead, its step, loss and
scores. RUN-or-FOLDER is a run folder, or a folder that holds some.`,
		Example: `  dino runs ls runs`,
		Args:    atLeastOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			found, err := find("ls", args)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), found)
			}
			return printTable(cmd.OutOrStdout(), found)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a run")
	return cmd
}

// listed is a run for a program: a contract, see docs/formats.md.
type listed struct {
	Path string `json:"path"`
	runs.Summary
}

func printJSON(w io.Writer, found []*runs.Run) error {
	encoder := json.NewEncoder(w)
	for _, r := range found {
		if err := encoder.Encode(listed{r.Path, r.Summary()}); err != nil {
			return err
		}
	}
	return nil
}

func printTable(w io.Writer, found []*runs.Run) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "RUN\tSTATE\tVERDICT\tEPOCH\tSTEP\tLOSS\tK-NN\tIMAGES/S\tWRITTEN\tTAGS")
	for _, r := range found {
		s := r.Summary()
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s ago\t%s\n", terminal.Line(s.Name), s.State, verdict(s),
			epoch(s),
			step(s),
			number("%.4g", s.Loss), number("%.1f %%", knn(s)), number("%.3g", s.Speed),
			progress.Duration(time.Duration(s.Silent)*time.Second), terminal.Line(strings.Join(s.Tags, ", ")))
	}
	return table.Flush()
}

// verdict is the gravest finding that is not over.
func verdict(s runs.Summary) string {
	if s.Verdict == "" {
		return "-"
	}
	return terminal.Line(s.Verdict)
}

// knn is the last score, or else the best.
func knn(s runs.Summary) *float64 {
	if s.KNN != nil {
		return s.KNN
	}
	return s.BestKNN
}

func epoch(s runs.Summary) string {
	switch {
	case s.Step < 0:
		return "-"
	case s.Epochs == 0:
		return fmt.Sprint(s.Epoch + 1)
	}
	return fmt.Sprintf("%d/%d", s.Epoch+1, s.Epochs)
}

// step counts the steps that are done.
func step(s runs.Summary) string {
	if s.Step < 0 {
		return "-"
	}
	return fmt.Sprint(s.Step + 1)
}

func number(format string, value *float64) string {
	if value == nil {
		return "-"
	}
	return fmt.Sprintf(format, *value)
}
