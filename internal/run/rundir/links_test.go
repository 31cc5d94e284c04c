package rundir

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/dino-go/dino/internal/testkit"
)

// Under none of the names that a run writes may there be a link: what it leads to would be
// overwritten.
func TestLinksAreRefused(t *testing.T) {
	names := []string{
		"config.yaml", ".lock", "metrics.jsonl", "bad_images.jsonl", "teacher.safetensors", "best.safetensors",
		"verdict.jsonl", "report.html", "checkpoints", "events", "pictures",
	}
	for _, name := range names {
		for _, target := range []string{"there", "nowhere"} {
			dir := t.TempDir()
			run, elsewhere := filepath.Join(dir, "run"), filepath.Join(dir, "there")
			writeFile(t, filepath.Join(run, "config.yaml"), "")
			writeFile(t, elsewhere, "precious")
			link := filepath.Join(run, name)
			if err := os.RemoveAll(link); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(filepath.Join(dir, target), link); err != nil {
				t.Fatal(err)
			}
			_, err := Open(run)
			testkit.RequireError(t, err, "run folder: ", link, "but a symbolic link", "move it away")
			if got, err := os.ReadFile(elsewhere); err != nil || string(got) != "precious" {
				t.Errorf("%s: the target is %q, %v", name, got, err)
			}
			if _, err := os.Stat(filepath.Join(dir, "nowhere")); err == nil {
				t.Errorf("%s: a file was made where the link leads", name)
			}
		}
	}
}

// A link that is put there while the run is open is not followed either.
func TestLinkOfTheBadImages(t *testing.T) {
	d := open(t, t.TempDir())
	elsewhere := filepath.Join(t.TempDir(), "precious")
	writeFile(t, elsewhere, "precious")
	if err := os.Symlink(elsewhere, d.BadImagesList()); err != nil {
		t.Fatal(err)
	}
	testkit.RequireError(t, d.AddBadImages(bad(1)), d.BadImagesList(), "symbolic link")
	if _, err := d.BadImages(); err == nil {
		t.Error("the list was read through a link")
	}
	if got, _ := os.ReadFile(elsewhere); string(got) != "precious" {
		t.Errorf("the target is %q", got)
	}
}

// The folder itself may be reached through a link.
func TestLinkedFolder(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(dir, "run")
	if err := errors.Join(os.Mkdir(filepath.Join(dir, "disk"), 0o755), os.Symlink("disk", link)); err != nil {
		t.Fatal(err)
	}
	d := open(t, link)
	if err := errors.Join(d.WriteConfig([]byte("x")), d.Verify()); err != nil {
		t.Error(err)
	}
}

func TestVerify(t *testing.T) {
	d := open(t, filepath.Join(t.TempDir(), "run"))
	if err := d.Verify(); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(d.Path, d.Path+".old"); err != nil {
		t.Fatal(err)
	}
	testkit.RequireError(t, d.Verify(), d.Path, "removed, moved or replaced")
	if err := os.Mkdir(d.Path, 0o755); err != nil {
		t.Fatal(err)
	}
	testkit.RequireError(t, d.Verify(), d.Path, "removed, moved or replaced")
	testkit.RequireError(t, d.WriteConfig([]byte("x")), d.Path, "removed, moved or replaced")
	if _, err := os.Stat(d.Config()); err == nil {
		t.Error("a file was written into another folder")
	}
}

// A folder that is replaced while a file is written there is an error, too: the file may be in the
// other one.
func TestVerifyBehindAFile(t *testing.T) {
	d := open(t, filepath.Join(t.TempDir(), "run"))
	err := d.Write(func() error {
		return errors.Join(os.Rename(d.Path, d.Path+".old"), os.Mkdir(d.Path, 0o755))
	})
	testkit.RequireError(t, err, d.Path, "removed, moved or replaced")
}
