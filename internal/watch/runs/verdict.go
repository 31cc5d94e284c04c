package runs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/dino-go/dino/internal/regularfile"
	"github.com/dino-go/dino/internal/run/verdict"
	"github.com/dino-go/dino/internal/runfiles"
)

// maxFindings bounds the findings that are kept, the last ones: a run has some ten.
const maxFindings = 200

// Findings reads the verdict of the run in the order in which it was found. Lines that are no
// finding are passed over; a run of a version without a verdict has none.
func (r *Run) Findings() ([]verdict.Finding, error) {
	found := []verdict.Finding{}
	file, err := regularfile.OpenOwn(r.file(runfiles.Verdict), os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) {
		return found, nil
	}
	if err != nil {
		return found, err
	}
	defer file.Close()
	err = verdict.EachFinding(file, func(f verdict.Finding, _ int) bool {
		if f.Kind == "" {
			return true
		}
		if len(found) == maxFindings {
			found = slices.Delete(found, 0, 1)
		}
		f.What = clip(f.What)
		found = append(found, f)
		return true
	})
	if err != nil {
		err = fmt.Errorf("%s: %w", file.Name(), err)
	}
	return found, err
}

// severities are in the order of how grave they are.
var severities = []verdict.Severity{verdict.Hint, verdict.Warning, verdict.Failure}

// StillOpen are the findings that are not over, in the order in which they began, each once.
func StillOpen(found []verdict.Finding) []verdict.Finding {
	last := map[verdict.Kind]int{}
	for i, f := range found {
		if f.Change == verdict.Ends {
			delete(last, f.Kind)
		} else {
			last[f.Kind] = i
		}
	}
	var open []verdict.Finding
	for i, f := range found {
		if at, still := last[f.Kind]; still && at == i {
			open = append(open, f)
		}
	}
	return open
}

// gravest is the kind of the gravest finding that is not over, and how grave it is; of equals the
// last. Without any both are empty.
func gravest(found []verdict.Finding) (kind verdict.Kind, severity verdict.Severity) {
	for _, f := range StillOpen(found) {
		if slices.Index(severities, f.Severity) >= slices.Index(severities, severity) {
			kind, severity = f.Kind, f.Severity
		}
	}
	return kind, severity
}
