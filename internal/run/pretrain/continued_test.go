package pretrain

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/dino-go/dino/internal/data/synth"
	"github.com/dino-go/dino/internal/run/config"
	"github.com/dino-go/dino/observe"
)

// scores is an observer that keeps the initial k-NN accuracy and all later ones, in percent.
type scores struct {
	observe.Nothing
	initial float64
	knn     []float64
}

func (s *scores) Measured(b observe.Baselines) error { s.initial = b.Untrained; return nil }
func (s *scores) Score(e observe.Score) error        { s.knn = append(s.knn, e.KNN); return nil }

// scored runs a configuration to its end, in a folder of its own, which it returns.
func scored(t *testing.T, file string, set ...string) (dir string, s *scores) {
	t.Helper()
	dir, s = filepath.Join(t.TempDir(), "run"), &scores{}
	_, err := Run(t.Context(), Options{
		Dir: dir, Config: config.Sources{File: file, Set: set},
		Observers: observe.All{{Name: "scores", Observer: s}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir, s
}

// What was learned is kept: a run that goes on with the preset auto from a finished one, over the
// same images, begins with its accuracy and stays within a point of it, on drawings and on the
// images in class folders that DINO_CLASSES names.
func TestContinuingLosesNothing(t *testing.T) {
	if os.Getenv("DINO_LONG") != "1" {
		t.Skip("takes minutes; DINO_LONG=1 runs it")
	}
	shapes := filepath.Join(t.TempDir(), "shapes")
	err := synth.Generate(context.Background(), shapes, synth.Options{Images: 4000, Classes: 10, Size: 64}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{"drawings": shapes, "classes": os.Getenv("DINO_CLASSES")} {
		t.Run(name, func(t *testing.T) {
			if data == "" {
				t.Skip("DINO_CLASSES names no folder of some thousand images in class folders")
			}
			demo, in := filepath.Join("..", "..", "..", "configs", "demo.yaml"), "data.dir="+strconv.Quote(data)
			first, trained := scored(t, demo, in, "train.epochs=6")
			last := trained.knn[len(trained.knn)-1]
			_, s := scored(t, "", in, "init="+strconv.Quote(first), "train.epochs=3", "knn.every_epochs=1")
			t.Logf("ended at %.1f %%; goes on at %.1f %%: %.1f", last, s.initial, s.knn)
			if name == "drawings" && s.initial != last { // of more images it is that of a sample
				t.Errorf("begins at %.2f %%, and the other ended at %.2f %%", s.initial, last)
			}
			for epoch, knn := range s.knn {
				if knn < last-1 {
					t.Errorf("epoch %d: %.2f %%, more than a point below %.2f %%", epoch+1, knn, last)
				}
			}
		})
	}
}
