package grouping

import (
	"bytes"
	"errors"
	"testing"

	"github.com/dino-go/dino/internal/progress"

	"github.com/dino-go/dino/internal/usage"
)

// What cannot work is refused before anything is read, as a wrong use of the verb that has the
// flag.
func TestRunRefusesFlags(t *testing.T) {
	own := errors.New("--k is 0: must be at least 1")
	for _, c := range []struct {
		o    Options
		own  error
		want string
	}{
		{Options{Show: 1}, nil, "sort: --out is missing: name a folder for the results, for example --out sorted"},
		{Options{Out: "o"}, nil, "sort: --show is 0: must be at least 1"},
		{Options{Out: "o", Show: 1}, own, "sort: --k is 0: must be at least 1"},
	} {
		var printed bytes.Buffer
		err := Run(t.Context(), progress.New(&printed, progress.Plain), c.o,
			Verb{Name: "sort", Files: "sorted", Validate: func() error { return c.own }})
		if err == nil || err.Error() != c.want || !errors.As(err, new(*usage.Error)) || printed.Len() > 0 {
			t.Errorf("got %v, want %q as an error of usage; printed %q", err, c.want, printed.String())
		}
	}
}
