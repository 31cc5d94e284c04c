package server

import (
	"context"

	"github.com/dino-go/dino/internal/run/verdict"
	"github.com/dino-go/dino/internal/terminal"
	"github.com/dino-go/dino/internal/watch/answers"
	"github.com/dino-go/dino/internal/watch/runs"
)

// mostBad is how many bad images are listed.
const mostBad = 500

// Details are what the page shows of a run beside its curves. What cannot be read has an error in
// its place.
type Details struct {
	Answers       answers.Answers   `json:"answers"`
	Options       []runs.Option     `json:"options"`
	OptionsError  string            `json:"options_error,omitempty"`
	Bad           runs.BadImages    `json:"bad"`
	BadError      string            `json:"bad_error,omitempty"`
	Findings      []verdict.Finding `json:"findings"`
	FindingsError string            `json:"findings_error,omitempty"`
	Notes         runs.Notes        `json:"notes"`
	NotesError    string            `json:"notes_error,omitempty"`
}

// Detail reads them. where is what paths of files of the run begin with.
func Detail(ctx context.Context, run *runs.Run, where string) Details {
	d := Details{Answers: answers.Of(ctx, run, where)}
	var options, bad, findings, notes error
	d.Options, options = run.Options()
	d.Bad, bad = run.BadImages(mostBad)
	d.Findings, findings = run.Findings()
	d.Notes, notes = run.Notes()
	for _, e := range []struct {
		err  error
		into *string
	}{{options, &d.OptionsError}, {bad, &d.BadError}, {findings, &d.FindingsError}, {notes, &d.NotesError}} {
		if e.err != nil {
			*e.into = terminal.Line(e.err.Error())
		}
	}
	return d
}
