// Package grouping is what the verbs that group images have in common: features of a file of
// embeddings or of a folder of images and weights go in, a table and a contact sheet of the groups
// come out.
package grouping

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"

	"github.com/dino-go/dino/internal/atomicfile"
	"github.com/dino-go/dino/internal/destination"
	"github.com/dino-go/dino/internal/output/contactsheet"
	"github.com/dino-go/dino/internal/progress"
	"github.com/dino-go/dino/internal/usage"
)

// Verb is what is a verb's own.
type Verb struct {
	Name  string // of the verb, at the beginning of its errors
	Files string // of its results, FILES.csv and FILES.html
	// Validate reports the first of its own flags that cannot work.
	Validate func() error
	// Check reports what cannot work with a number of images; nil if any does.
	Check func(images int) error
	// Group groups the rows of a set.
	Group func(context.Context, *Set) (Groups, error)
}

// Groups are images in groups.
type Groups interface {
	Lines() [][]string                // of the table, the head first
	Page() contactsheet.Page          // the contact sheet
	Report(printer *progress.Printer) // prints the last lines
}

// Run reads or computes the features, groups them and writes the results into the folder that the
// options name.
func Run(ctx context.Context, printer *progress.Printer, o Options, v Verb) error {
	if err := cmp.Or(o.validate(v), v.Validate()); err != nil {
		return usage.Wrap(fmt.Errorf("%s: %w", v.Name, err))
	}
	defer printer.Close()
	if err := destination.Folder(o.Out, v.Files+".csv", v.Files+".html"); err != nil {
		return usage.Errorf("%s: --out: %w", v.Name, err)
	}
	set, err := o.Load(ctx, printer, v.Check)
	if err != nil {
		return err
	}
	printer.Stage("grouping %d images", len(set.Rows))
	groups, err := v.Group(ctx, set)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(o.Out, 0o755); err != nil {
		return fmt.Errorf("%s: %w", v.Name, err)
	}
	if err := saveCSV(filepath.Join(o.Out, v.Files+".csv"), groups.Lines()); err != nil {
		return err
	}
	unreadable, err := groups.Page().Write(filepath.Join(o.Out, v.Files+".html"))
	if err != nil {
		return err
	}
	if unreadable > 0 {
		printer.Note("%d images on the contact sheet cannot be read; --images names the folder of a file of embeddings",
			unreadable)
	}
	groups.Report(printer)
	return nil
}

func saveCSV(path string, lines [][]string) error {
	var text bytes.Buffer
	if err := csv.NewWriter(&text).WriteAll(lines); err != nil {
		return err
	}
	return atomicfile.WriteFile(path, text.Bytes())
}
