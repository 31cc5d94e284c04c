// Package embeddingmap shows features of images as a map: a point for every image, near those that
// the network finds alike. PCA gives places at once, UMAP better ones after a while. The map is a
// local page or one HTML file.
//
// Paths and labels come from files that anybody may have written: they go into the page as text.
// Images are read for the rows of the map alone, and below the folder that the user names.
//
// Tests: known answer, property (bounded size, names are text), bad input.
package embeddingmap

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/watch/points"
)

// Image is what a row of features belongs to.
type Image struct {
	Path  string // as it is shown, relative to Source.Folder, with forward slashes
	Label string // empty for none
}

// Source is what a map is made of.
type Source struct {
	Title    string
	Images   []Image
	Features eval.Matrix // [len(Images), D]
	Folder   string      // where the images are; empty where it is not known
}

// Settings say how a map is made.
type Settings struct {
	Clusters int // of k-means; fewer where there are not so many different rows
	Points   int // at most; of more rows so many are drawn
	Seed     uint64
}

// MostPoints is how many points a browser draws at ease.
const MostPoints = 50_000

// DefaultSettings draw up to 20,000 images: the time of UMAP grows with their square.
func DefaultSettings() Settings { return Settings{Clusters: 10, Points: 20_000} }

// Map is a map. UMAP's places come into it by Layout, while it may be looked at.
type Map struct {
	title    string
	total    int // rows of the source, of which the map may have a part
	images   []Image
	folder   string
	features eval.Matrix // of unit length
	seed     uint64
	pca      eval.Matrix // [images, 2]
	clusters int
	cluster  []int // [images]

	mu     sync.Mutex
	layout layout
}

// layout is how far UMAP is.
type layout struct {
	epoch, epochs int
	places        []float32 // [2·images], empty before there are any
	done          bool
	err           error
}

// New returns a map with the places of PCA, and clusters. Directions of features count, not
// lengths.
func New(ctx context.Context, s Source, o Settings) (*Map, error) {
	if len(s.Images) != s.Features.Rows || len(s.Images) == 0 {
		return nil, fmt.Errorf("map: %d images with %d rows of features: must be as many, and at least one",
			len(s.Images), s.Features.Rows)
	}
	m := &Map{title: s.Title, total: len(s.Images), folder: s.Folder, seed: o.Seed}
	m.take(s, o.Points)
	var err error
	if m.pca, err = eval.PCAPlane(ctx, m.features); err != nil {
		return nil, err
	}
	return m, m.group(ctx, o.Clusters)
}

// take draws rows where there are too many, and keeps their order.
func (m *Map) take(s Source, most int) {
	rows := rand.New(rand.NewPCG(m.seed, 0x6d6170)).Perm(len(s.Images))
	rows = rows[:min(most, len(rows))]
	slices.Sort(rows)
	taken := eval.NewMatrix(len(rows), s.Features.Cols)
	for i, row := range rows {
		m.images = append(m.images, s.Images[row])
		copy(taken.Row(i), s.Features.Row(row))
	}
	m.features = taken.Normalized()
}

// group finds k clusters, or as many as different rows allow.
func (m *Map) group(ctx context.Context, k int) (err error) {
	m.clusters, m.cluster, err = points.Clusters(ctx, m.features, k, m.seed)
	return err
}

// showEvery is how often the places on the way are taken over.
const showEvery = 200 * time.Millisecond

// Layout computes UMAP's places. progress, unless nil, is called after each epoch.
func (m *Map) Layout(ctx context.Context, progress func(epoch, epochs int)) error {
	u := eval.DefaultUMAP()
	u.Seed = m.seed
	var shown time.Time
	u.Progress = func(epoch, epochs int, places eval.Matrix) {
		if now := time.Now(); now.Sub(shown) > showEvery {
			shown = now
			m.set(layout{epoch: epoch, epochs: epochs, places: slices.Clone(places.Data)})
		}
		if progress != nil {
			progress(epoch, epochs)
		}
	}
	places, err := u.Fit(ctx, m.features)
	m.set(layout{places: places.Data, done: err == nil, err: err})
	return err
}

func (m *Map) set(l layout) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.layout = l
}

func (m *Map) now() layout {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.layout
}

// data are what the page is given: see source.js.
type data struct {
	Title    string       `json:"title"`
	Made     string       `json:"made,omitempty"` // of a file: when
	Total    int          `json:"total"`
	Paths    []string     `json:"paths"`
	Labels   []string     `json:"labels"`   // that occur, in order of name
	Label    []int        `json:"label"`    // [images], into Labels; -1 for none
	Clusters int          `json:"clusters"` // how many there are
	Cluster  []int        `json:"cluster"`  // [images]
	PCA      string       `json:"pca"`      // float32, little-endian, in base64, [images, 2]
	UMAP     string       `json:"umap,omitempty"`
	Images   bool         `json:"images"`          // the server has them
	Dates    []int64      `json:"dates,omitempty"` // of the files, in seconds since 1970; 0 where not known
	Sheet    *sheetOfPage `json:"sheet,omitempty"`
}

func (m *Map) data() data {
	d := data{
		Title: m.title, Total: m.total, Clusters: m.clusters, Cluster: m.cluster, PCA: points.Encoded(m.pca.Data),
		Dates: m.dates(),
	}
	labels := make([]string, len(m.images))
	for i, image := range m.images {
		d.Paths, labels[i] = append(d.Paths, image.Path), image.Label
	}
	d.Labels, d.Label = points.Labels(labels)
	return d
}
