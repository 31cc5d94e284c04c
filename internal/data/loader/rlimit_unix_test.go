//go:build unix

package loader

import (
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/data/imageio"
)

// exhaust lowers the limit of open files to those that are open, and returns what restores it.
func exhaust(t *testing.T) (restore func()) {
	t.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	low := limit
	low.Cur = 1
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &low); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
			t.Error(err)
		}
	}
}

// A moment without a free place for an open file leaves no trace: the batches are those of an
// undisturbed loader.
func TestTooManyOpenFilesForAMoment(t *testing.T) {
	dir := t.TempDir()
	data, err := imageio.EncodePNG(augment.NewImage(5, 4))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 24 {
		if i == 3 {
			data = data[:len(data)-20] // the decoder has something to say of these
		}
		if err := os.WriteFile(filepath.Join(dir, fakePath(i)), data, 0o600); err != nil {
			t.Fatal(err)
		}
		if i == 3 {
			data, _ = imageio.EncodePNG(augment.NewImage(5, 4))
		}
	}
	cfg := fakeConfig(t, nil, 24, 4, 12)
	cfg.Path = func(image int) string { return filepath.Join(dir, fakePath(image)) }
	cfg.Decode = func(path string) (*augment.Image, error) { return imageio.DecodeFile(path, imageio.Limits{}) }
	want, err := drain(t, cfg)
	if err != nil {
		t.Fatal(err)
	}
	restore := exhaust(t)
	if f, err := os.Open(filepath.Join(dir, fakePath(0))); err == nil {
		f.Close()
		restore()
		t.Fatal("the limit does not hold")
	}
	time.AfterFunc(100*time.Millisecond, restore)
	got, err := drain(t, cfg)
	if err != nil && err != io.EOF {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-undisturbed +got:\n%s", diff)
	}
}
