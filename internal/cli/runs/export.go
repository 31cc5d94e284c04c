package runs

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dino-go/dino/internal/atomicfile"
	"github.com/dino-go/dino/internal/csvtext"
	"github.com/dino-go/dino/internal/usage"
	"github.com/dino-go/dino/internal/watch/runs"
)

func newExport() *cobra.Command {
	var format, out string
	cmd := &cobra.Command{
		Use:   "export RUN-or-FOLDER...",
		Short: "Print all runs with scores, notes and options, for other programs",
		Long: `Print all runs with scores, notes and options, for other programs: as CSV, a line a run with
a column for every option, or as JSON, one object a run. In a file (--out) names are exact; on
standard output characters that steer a terminal are escaped.`,
		Example: `  dino runs export runs --out runs.csv
  dino runs export runs --format json`,
		Args: atLeastOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			if format != "csv" && format != "json" {
				return usage.Errorf("runs export: --format is %q: must be csv or json", format)
			}
			found, err := find("export", args)
			if err != nil {
				return err
			}
			write := exportCSV
			if format == "json" {
				write = exportJSON
			}
			if out == "" {
				return write(cmd.OutOrStdout(), rowsOf(found))
			}
			var text bytes.Buffer
			if err := write(&text, rowsOf(found)); err != nil {
				return err
			}
			return atomicfile.WriteFile(out, text.Bytes())
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "file to write (default: standard output)")
	cmd.Flags().StringVar(&format, "format", "csv", "csv or json")
	return cmd
}

// exported is a run for other programs: a contract, see docs/formats.md.
type exported struct {
	listed
	Notes   string            `json:"notes"`
	Options map[string]string `json:"options"`
	order   []string          // of the options
}

func rowsOf(found []*runs.Run) []exported {
	rows := make([]exported, len(found))
	for i, r := range found {
		options, _ := r.Options() // a run whose configuration cannot be read has none here
		notes, _ := r.Notes()
		rows[i] = exported{listed{r.Path, r.Summary()}, notes.Note, map[string]string{}, nil}
		for _, o := range options {
			rows[i].Options[o.Name] = o.Value
			rows[i].order = append(rows[i].order, o.Name)
		}
	}
	return rows
}

func exportJSON(w io.Writer, rows []exported) error {
	encoder := json.NewEncoder(w)
	for _, row := range rows {
		if err := encoder.Encode(row); err != nil {
			return err
		}
	}
	return nil
}

// exportCSV writes a column for every option that some run has, in the order in which they come.
func exportCSV(w io.Writer, rows []exported) error {
	var options []string
	known := map[string]bool{}
	for _, row := range rows {
		for _, name := range row.order {
			if !known[name] {
				known[name] = true
				options = append(options, name)
			}
		}
	}
	out := csv.NewWriter(w)
	head := []string{
		"path", "name", "state", "verdict", "step", "epoch", "epochs", "loss", "knn", "best_knn", "images_per_s",
		"data_wait", "saved", "tags", "note",
	}
	for _, name := range options {
		head = append(head, csvtext.Escape(name))
	}
	if err := out.Write(head); err != nil {
		return err
	}
	for _, row := range rows {
		if err := out.Write(row.cells(options)); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func (e exported) cells(options []string) []string {
	s := e.Summary
	cells := []string{
		csvtext.Escape(e.Path), csvtext.Escape(s.Name), string(s.State), csvtext.Escape(s.Verdict),
		strconv.FormatInt(s.Step, 10),
		strconv.FormatInt(s.Epoch, 10), strconv.Itoa(s.Epochs), cell(s.Loss), cell(s.KNN), cell(s.BestKNN),
		cell(s.Speed),
		cell(s.DataWait), strconv.Itoa(s.Saved), csvtext.Escape(strings.Join(s.Tags, ", ")), csvtext.Escape(e.Notes),
	}
	for _, name := range options {
		cells = append(cells, optionCell(e.Options[name]))
	}
	return cells
}

// optionCell leaves numbers alone: -0.5 is no formula.
func optionCell(value string) string {
	if _, err := strconv.ParseFloat(value, 64); err == nil {
		return value
	}
	return csvtext.Escape(value)
}

func cell(value *float64) string {
	if value == nil {
		return ""
	}
	return strconv.FormatFloat(*value, 'g', -1, 64)
}
