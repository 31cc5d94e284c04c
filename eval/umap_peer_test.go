package eval

import (
	"encoding/binary"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/testkit/pythontest"
)

// comparedSeeds is how many seeds each of both programs has.
const comparedSeeds = 3

// peerMargin is how much less than umap-learn's a mean score of ours may be, on a scale to 1. The
// peer starts at the eigenvectors of the graph, which unroll a sheet; we start at principal
// components, which cut it in more places.
const peerMargin = 0.03

// peerScores are what a program reaches with each seed.
type peerScores struct {
	Trust    []float64 `json:"trust"`    // trustworthiness of 15 neighbours, by scikit-learn
	Accuracy []float64 `json:"accuracy"` // of 5 neighbours in the plane
}

// TestUMAPBesidePeer lays out the same rows as umap-learn, on known shapes: neighbours are as well
// kept, and classes as far apart.
func TestUMAPBesidePeer(t *testing.T) {
	if os.Getenv("DINO_LONG") == "" {
		t.Skip("umap-learn compiles itself for half a minute: DINO_LONG=1 runs it")
	}
	python := pythontest.Find(t, "umap", "sklearn")
	seed := testkit.Seed(t)
	for name, f := range map[string]Features{
		"blobs":      blobs(rand.New(rand.NewPCG(seed, 1)), 1000, 64, 10, 1.0),
		"swiss roll": swissRoll(rand.New(rand.NewPCG(seed, 2)), 1000),
	} {
		t.Run(name, func(t *testing.T) { comparePeer(t, python, f, seed) })
	}
}

func comparePeer(t *testing.T, python string, f Features, seed uint64) {
	t.Helper()
	dir := t.TempDir()
	write := func(name string, data any) {
		file, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		if err := binary.Write(file, binary.LittleEndian, data); err != nil {
			t.Fatal(err)
		}
	}
	write("features", f.Data)
	labels := make([]int32, f.Rows)
	for i, label := range f.Labels {
		labels[i] = int32(label)
	}
	write("labels", labels)
	var own []float64
	for s := range comparedSeeds {
		u := DefaultUMAP()
		u.Seed = seed + uint64(s)
		places, err := u.Fit(t.Context(), f.Matrix)
		if err != nil {
			t.Fatal(err)
		}
		write("ours-"+strconv.Itoa(s), places.Data)
		own = append(own, trustworthiness(f.Matrix, places, 15))
	}
	var scores struct{ Ours, Theirs peerScores }
	pythontest.Run(t, python, peerProgram, &scores, dir, strconv.Itoa(f.Cols), strconv.Itoa(comparedSeeds))
	for s, want := range scores.Ours.Trust {
		if d := own[s] - want; d > 1e-4 || d < -1e-4 { // it knows the features in float32
			t.Errorf("seed %d: trustworthiness is %v by our loop, %v by scikit-learn", s, own[s], want)
		}
	}
	mean := func(v []float64) float64 { return total(v) / float64(len(v)) }
	for what, both := range map[string][2][]float64{
		"trustworthiness": {scores.Ours.Trust, scores.Theirs.Trust},
		"accuracy":        {scores.Ours.Accuracy, scores.Theirs.Accuracy},
	} {
		t.Logf("%s: %.3f, umap-learn %.3f", what, both[0], both[1])
		if ours, theirs := mean(both[0]), mean(both[1]); ours < theirs-peerMargin {
			t.Errorf("%s: mean %.4f, that of umap-learn %.4f", what, ours, theirs)
		}
	}
}

const peerProgram = `
import json, sys, warnings
warnings.filterwarnings("ignore")
import numpy as np
import umap
from sklearn.manifold import trustworthiness
from sklearn.neighbors import NearestNeighbors

folder, cols, seeds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
features = np.fromfile(folder + "/features", "<f4").reshape(-1, cols)
labels = np.fromfile(folder + "/labels", "<i4")

def score(places):
    near = NearestNeighbors(n_neighbors=6).fit(places).kneighbors(places, return_distance=False)
    votes = [np.bincount(labels[[j for j in row if j != i][:5]]).argmax() for i, row in enumerate(near)]
    return (trustworthiness(features, places, n_neighbors=15, metric="cosine"), float(np.mean(votes == labels)))

ours = [score(np.fromfile(f"{folder}/ours-{s}", "<f4").reshape(-1, 2)) for s in range(seeds)]
theirs = [score(umap.UMAP(metric="cosine", random_state=s).fit_transform(features)) for s in range(seeds)]
print(json.dumps({name: {"trust": [t for t, _ in s], "accuracy": [a for _, a in s]} for name, s in
    (("ours", ours), ("theirs", theirs))}))
`
