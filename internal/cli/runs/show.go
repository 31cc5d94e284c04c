package runs

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dino-go/dino/internal/progress"
	"github.com/dino-go/dino/internal/terminal"
	"github.com/dino-go/dino/internal/usage"
	"github.com/dino-go/dino/internal/watch/runs"
	"github.com/dino-go/dino/internal/watch/server"
)

func newShow() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "show RUN",
		Short: "Show one run: is it learning, which checkpoint is best, and all else of it",
		Long: `Show one run: is it learning, since when not, what should be changed and which checkpoint is
best; how it is getting on, notes and tags, images that could not be decoded, and its
configuration.`,
		Example: `  dino runs show run
  dino runs show run --json`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage.Errorf("runs show: got %d arguments: name one run; see `%s --help`", len(args),
					cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			found, err := find("show", args)
			if err != nil {
				return err
			}
			if len(found) > 1 {
				return usage.Errorf("runs show: %s holds %d runs: name one of them", args[0], len(found))
			}
			return show(cmd.Context(), cmd.OutOrStdout(), found[0], asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

// shown is all of a run for a program: a contract, see docs/formats.md.
type shown struct {
	listed
	server.Details
}

func show(ctx context.Context, w io.Writer, r *runs.Run, asJSON bool) error {
	s, d := r.Summary(), server.Detail(ctx, r, r.Path)
	if asJSON {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(shown{listed{r.Path, s}, d})
	}
	var b terminal.Builder
	a := d.Answers
	b.Printf("Is it learning?            %s\nSince when not?            %s\n", a.Learns, a.SinceWhen)
	b.Printf("What should be changed?    %s\nWhich checkpoint is best?  %s\n\n", a.Changes, a.BestIs)
	b.Printf("run         %s\nstate       %s, written %s ago\n", r.Path, string(s.State),
		progress.Duration(time.Duration(s.Silent)*time.Second))
	b.Printf("verdict     %s\n", verdict(s))
	for _, f := range d.Findings {
		b.Printf("            step %d: %s %s: %s\n", f.Step, string(f.Kind), string(f.Change), f.What)
	}
	b.Printf("epoch       %s\nsteps       %s, %d of them saved\n", epoch(s), step(s), s.Saved)
	b.Printf("loss        %s\nk-NN        %s, best %s\n", number("%.4g", s.Loss), number("%.1f %%", s.KNN),
		number("%.1f %%", s.BestKNN))
	b.Printf("images/s    %s, data wait %s\n", number("%.3g", s.Speed), share(s.DataWait))
	b.Printf("bad images  %d\n", d.Bad.Total)
	b.Printf("tags        %s\nnote        %s\n", strings.Join(d.Notes.Tags, ", "), d.Notes.Note)
	for _, problem := range []string{d.OptionsError, d.BadError, d.FindingsError, d.NotesError} {
		if problem != "" {
			b.Printf("error       %s\n", problem)
		}
	}
	b.Printf("\n")
	for _, o := range d.Options {
		b.Printf("%-44s %s\n", o.Name, o.Value)
	}
	_, err := io.WriteString(w, string(b.Text()))
	return err
}

// share is a part of 1 in percent.
func share(value *float64) string {
	if value == nil {
		return "-"
	}
	return fmt.Sprintf("%.0f %%", 100**value)
}
