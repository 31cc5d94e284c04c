package loader

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/data/folder"
	"github.com/dino-go/dino/internal/data/imageio"
	"github.com/dino-go/dino/internal/data/order"
)

// folderOfImages writes JPEG and PNG files of several sizes, and two files that
// are no images: a truncated PNG and a text.
func folderOfImages(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	var file bytes.Buffer
	for i := range 10 {
		rng := rand.New(rand.NewPCG(uint64(i), 2))
		img := image.NewNRGBA(image.Rect(0, 0, 30+5*i, 60-3*i))
		for j := range img.Pix {
			img.Pix[j] = uint8(rng.Uint32())
		}
		img.SetNRGBA(0, 0, color.NRGBA{A: 255})
		file.Reset()
		name, err := fmt.Sprintf("%d.jpg", i), jpeg.Encode(&file, img, nil)
		if i%2 == 1 {
			file.Reset()
			name, err = fmt.Sprintf("%d.png", i), png.Encode(&file, img)
		}
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(dir, name), file.Bytes())
	}
	writeFile(t, filepath.Join(dir, "text.png"), []byte("this is no image"))
	writeFile(t, filepath.Join(dir, "torn.png"), file.Bytes()[:file.Len()/3])
	return dir
}

func writeFile(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// The whole way from a folder to batches, with real files and the paper's
// policy: one worker and eight give the same floats, with and without a cache.
func TestFolderToBatches(t *testing.T) {
	index, err := folder.Scan(context.Background(), folderOfImages(t), folder.Options{Extensions: imageio.Extensions})
	if err != nil {
		t.Fatal(err)
	}
	policy := augment.Default(augment.Paper)
	policy.GlobalCrops.Size, policy.LocalCrops.Size, policy.LocalCrops.Number = 48, 16, 2
	crops, err := augment.New(policy, 16)
	if err != nil {
		t.Fatal(err)
	}
	load := func(workers int, cache int64) []seen {
		order, err := order.NewSequence(5, index.All(), 4)
		if err != nil {
			t.Fatal(err)
		}
		cfg := Config{
			Order: order, Last: 9, Path: index.Path, Workers: workers, Prefetch: 3, CacheBytes: cache, MaxBadShare: 0.2,
			Decode: func(path string) (*augment.Image, error) { return imageio.DecodeFile(path, imageio.Limits{}) },
		}
		cfg.Views, cfg.NewRender = Crops(crops, 5)
		return mustDrain(t, cfg)
	}
	want := load(1, 0)
	for _, workers := range []int{1, 8} {
		for step, got := range load(workers, 20_000) {
			for v, view := range got.Views {
				if !slices.Equal(view, want[step].Views[v]) {
					t.Errorf("step %d, view %d: %d workers with a cache differ from one without", step, v, workers)
				}
			}
			if diff := cmp.Diff(want[step], got, cmpopts.IgnoreFields(seen{}, "Views")); diff != "" {
				t.Errorf("%d workers with a cache differ from one without:\n%s", workers, diff)
			}
		}
	}
	bad := map[string]bool{}
	for _, b := range want {
		for _, image := range b.Bad {
			bad[filepath.Base(image.Path)] = true
		}
	}
	if diff := cmp.Diff(map[string]bool{"text.png": true, "torn.png": true}, bad); diff != "" {
		t.Errorf("bad images (-want +got):\n%s", diff)
	}
}
