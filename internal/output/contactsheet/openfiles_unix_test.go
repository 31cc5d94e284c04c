//go:build unix

package contactsheet

import (
	"errors"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/dino-go/dino/augment"
)

// A file that cannot be opened at the moment is an error; one that is not there is a grey box with
// the reason.
func TestThumbnailOfWhatCannotBeOpened(t *testing.T) {
	path := saved(t, 8, 8, 0)
	if s, err := ThumbnailOf(filepath.Join(t.TempDir(), "none.png"), new(augment.Scratch)); err != nil ||
		s.Reason == "" {
		t.Errorf("not there: got %+v, %v", s, err)
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	low := limit
	low.Cur = 1
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &low); err != nil {
		t.Fatal(err)
	}
	_, err := ThumbnailOf(path, new(augment.Scratch))
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if !errors.Is(err, syscall.EMFILE) {
		t.Errorf("got %v, want %v", err, syscall.EMFILE)
	}
}
