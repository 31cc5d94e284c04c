package cli

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// photoSets are the sets of real images that the defaults are tried on, in the folder that
// DINO_TEST_IMAGES names, and how many points of k-NN accuracy they must gain over raw pixels and
// over the untrained network in the epochs of the test: some three standard errors below what
// docs/learning.md has after as many epochs. Drawings are the demo's, see TestDemoLearns.
var photoSets = []struct {
	name              string
	epochs            int
	pixels, untrained float64
}{
	{"tinyimagenet10", 14, 6, 5},
	{"cifar10-5k", 10, -7, 6},
}

// TestDefaultsLearn trains the preset auto, as it is sized to two cores, for a part of the epochs
// that docs/learning.md has figures of.
func TestDefaultsLearn(t *testing.T) {
	if os.Getenv("DINO_LONG") != "1" {
		t.Skip("takes a quarter of an hour; DINO_LONG=1 runs it")
	}
	t.Setenv("GOMAXPROCS", "2") // which the network is sized to
	for _, set := range photoSets {
		t.Run(set.name, func(t *testing.T) {
			dir := t.TempDir()
			photos := filepath.Join(dir, set.name)
			unpack(t, set.name, dir)
			end := pretrained(t, "--data", photos, "--out", filepath.Join(dir, "run"), "--epochs",
				fmt.Sprint(set.epochs))
			t.Logf("k-NN accuracy after %d epochs: raw pixels %.1f %%, untrained %.1f %%, trained %.1f %%", set.epochs,
				end.Pixels, end.Untrained, end.KNN)
			if end.KNN < end.Pixels+set.pixels || end.KNN < end.Untrained+set.untrained {
				t.Errorf("want %g points more than raw pixels, and %g more than the untrained network", set.pixels,
					set.untrained)
			}
		})
	}
}

// unpack writes the class folders of a set below a folder.
func unpack(t *testing.T, name, to string) {
	t.Helper()
	from := os.Getenv("DINO_TEST_IMAGES")
	if from == "" {
		t.Skip("DINO_TEST_IMAGES names no folder of the sets")
	}
	file, err := os.Open(filepath.Join(from, name+".tar"))
	if errors.Is(err, os.ErrNotExist) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for archive := tar.NewReader(file); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if header.Typeflag != tar.TypeReg {
			continue
		}
		path := filepath.Join(to, filepath.FromSlash(header.Name))
		if !filepath.IsLocal(filepath.FromSlash(header.Name)) {
			t.Fatalf("%s leaves the folder", header.Name)
		}
		text, err := io.ReadAll(archive)
		if err == nil {
			err = errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, text, 0o600))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
