package grouping

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/dino-go/dino/internal/cli/encoder"
)

// Options are the argument and the flags that such verbs share.
type Options struct {
	encoder.Options
	Input       string // a file of embeddings or a folder of images
	Images      string // folder that the paths of a file are relative to
	Out         string // folder for the results
	Show        int    // how much is on the contact sheet, in the verb's own unit
	Quiet, JSON bool
}

// Default are the values of flags that are not given.
func Default(show int) Options { return Options{Options: encoder.Default(), Show: show} }

// Register adds the flags. show says what --show counts.
func (o *Options) Register(cmd *cobra.Command, show string) {
	f := cmd.Flags()
	f.StringVar(&o.Out, "out", "", "folder for the results; made if needed")
	f.IntVar(&o.Show, "show", o.Show, show)
	f.BoolVarP(&o.Quiet, "quiet", "q", false, "print errors only")
	f.BoolVar(&o.JSON, "json", false, "print JSON lines")
	f.StringVar(&o.Images, "images", "", "the folder that a file of embeddings was made of, to show its images")
	o.Options.Register(f)
}

// validate reports the first of the shared flags that cannot work.
func (o Options) validate(v Verb) error {
	switch {
	case o.Out == "":
		return errors.New("--out is missing: name a folder for the results, for example --out " + v.Files)
	case o.Show < 1:
		return fmt.Errorf("--show is %d: must be at least 1", o.Show)
	}
	return nil
}
