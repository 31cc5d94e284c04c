package runs

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/dino-go/dino/internal/atomicfile"
	"github.com/dino-go/dino/internal/bounded"
	"github.com/dino-go/dino/internal/parseerror"
	"github.com/dino-go/dino/internal/regularfile"
	"github.com/dino-go/dino/internal/runfiles"
	"github.com/dino-go/dino/internal/usage"
)

// Notes are what people wrote down about a run: see docs/formats.md.
type Notes struct {
	Note string   `json:"note"`
	Tags []string `json:"tags"`
}

// notesVersion is the version of the file's format.
const notesVersion = 1

type notesFile struct {
	Version int `json:"version"`
	Notes
}

// Bounds of notes.
const (
	maxNote = 16 << 10 // bytes
	maxTags = 32
	maxTag  = 64 // bytes
)

// Notes reads the notes; a run without any has empty ones.
func (r *Run) Notes() (Notes, error) {
	none := Notes{Tags: []string{}}
	path := r.file(runfiles.Notes)
	if err := regularfile.CheckOwn(path); err != nil {
		return none, err
	}
	text, err := bounded.Read(path, bounded.MaxSize)
	if errors.Is(err, fs.ErrNotExist) {
		return none, nil
	}
	if err != nil {
		return none, err
	}
	var f notesFile
	if err := json.Unmarshal(text, &f); err != nil {
		return none, fmt.Errorf("%s: is damaged: %w", path, parseerror.JSON(err))
	}
	if f.Version != notesVersion {
		return none, fmt.Errorf("%s: has version %d, this program reads %d", path, f.Version, notesVersion)
	}
	f.Notes, err = f.Notes.checked()
	if err != nil {
		return none, fmt.Errorf("%s: %w", path, err)
	}
	return f.Notes, nil
}

// SetNotes writes the notes into the run folder, which must be a run's. An error of the notes
// themselves is a [usage.Error].
func (r *Run) SetNotes(n Notes) error {
	n, err := n.checked()
	if err != nil {
		return usage.Wrap(err)
	}
	if !IsRun(r.Path) {
		return fmt.Errorf("%s is no run any more", r.Path)
	}
	if _, err := r.Notes(); err != nil {
		return fmt.Errorf("the notes that are there stay as they are: %w", err)
	}
	text, err := json.MarshalIndent(notesFile{notesVersion, n}, "", "  ")
	if err != nil {
		return err
	}
	return atomicfile.WriteFile(r.file(runfiles.Notes), append(text, '\n'))
}

// checked are the notes within bounds, tags without space around them, each once, none empty.
func (n Notes) checked() (Notes, error) {
	if len(n.Note) > maxNote || !utf8.ValidString(n.Note) {
		return n, fmt.Errorf("the note has %d bytes: must be UTF-8 of at most %d", len(n.Note), maxNote)
	}
	tags := []string{}
	for _, tag := range n.Tags {
		if tag = strings.TrimSpace(tag); tag != "" && !slices.Contains(tags, tag) {
			tags = append(tags, tag)
		}
	}
	if len(tags) > maxTags {
		return n, fmt.Errorf("there are %d tags: at most %d", len(tags), maxTags)
	}
	for _, tag := range tags {
		if len(tag) > maxTag || strings.ContainsAny(tag, ",\r\n") || !utf8.ValidString(tag) {
			return n, fmt.Errorf("a tag has %d bytes: must be UTF-8 of at most %d, without commas and line breaks",
				len(tag), maxTag)
		}
	}
	return Notes{n.Note, tags}, nil
}
