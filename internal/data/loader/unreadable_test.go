package loader

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"

	"github.com/dino-go/dino/augment"
)

// failing returns a decoder that fails for one image with an error of the system, always.
func failing(f *fakeImages, image int, number error) func(string) (*augment.Image, error) {
	return func(path string) (*augment.Image, error) {
		if path == fakePath(image) {
			return nil, fmt.Errorf("imageio: %s: %w", path, number)
		}
		return f.decode(path)
	}
}

// A file that cannot be read ends the loader, with the reason: its image is not a bad one, and no
// other takes its place.
func TestUnreadable(t *testing.T) {
	for name, number := range map[string]error{
		"EMFILE": syscall.EMFILE, "EIO": syscall.EIO, "EACCES": syscall.EACCES, "ESTALE": syscall.ESTALE,
		"vanished":   fs.ErrNotExist,
		"of no kind": errors.New("something else"),
	} {
		for _, leaveOut := range []bool{false, true} {
			f := &fakeImages{bad: map[int]bool{3: true}}
			cfg := fakeConfig(t, f, 24, 4, 12)
			cfg.Decode, cfg.LeaveOut = failing(f, 5, number), leaveOut
			batches, err := drain(t, cfg)
			if err == nil || !errors.Is(err, number) || !strings.Contains(err.Error(), fakePath(5)) ||
				!strings.Contains(err.Error(), "loader: step ") {
				t.Errorf("%s: got %v", name, err)
			}
			if want := "put it back"; number == fs.ErrNotExist && !strings.Contains(fmt.Sprint(err), want) {
				t.Errorf("%s: %v does not say %q", name, err, want)
			}
			for _, b := range batches {
				for _, bad := range b.Bad {
					if bad.Image == 5 {
						t.Errorf("%s: the image that cannot be read is listed as bad: %v", name, bad)
					}
				}
				for _, image := range b.Index {
					if image == 5 {
						t.Errorf("%s: a batch has it", name)
					}
				}
			}
		}
	}
}

// The same where it is met as the replacement of a bad image.
func TestUnreadableReplacement(t *testing.T) {
	f := &fakeImages{bad: map[int]bool{}}
	for i := range 24 {
		f.bad[i] = i != 5
	}
	cfg := fakeConfig(t, f, 24, 4, 12)
	cfg.Decode = failing(f, 5, syscall.EIO)
	if _, err := drain(t, cfg); !errors.Is(err, syscall.EIO) {
		t.Errorf("got %v, want %v", err, syscall.EIO)
	}
}
