package runmap

import (
	"context"
	"slices"

	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/run/snapshots"
	"github.com/dino-go/dino/internal/watch/points"
)

// Data are what the page is given: see map.js.
type Data struct {
	Paths     []string   `json:"paths"`
	Labels    []string   `json:"labels"`   // that occur, in order of name
	Label     []int      `json:"label"`    // [images], into Labels; -1 for none
	Clusters  int        `json:"clusters"` // how many there are
	Cluster   []int      `json:"cluster"`  // [images]; -1 for none
	Snapshots []Snapshot `json:"snapshots"`
	Sheet     *Sheet     `json:"sheet,omitempty"`
	Images    bool       `json:"images"` // the server has larger pictures
}

// Snapshot is the map after a step.
type Snapshot struct {
	snapshots.Snapshot
	PCA  string `json:"pca"`            // float32, little-endian, in base64, [images, 2]
	UMAP string `json:"umap,omitempty"` // the same, where it is computed
}

// Sheet are small pictures of all images.
type Sheet struct {
	Source string `json:"source"` // an address
	snapshots.Sheet
}

// Data returns the map as it is now, with pictures at an address, unless that is empty.
func (m *Map) Data(ctx context.Context, pictures string) (*Data, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.refresh(ctx); err != nil {
		return nil, err
	}
	d := &Data{Clusters: m.clusters, Cluster: m.cluster}
	labels := make([]string, len(m.index.Images))
	for i, image := range m.index.Images {
		d.Paths, labels[i] = append(d.Paths, image.Path), image.Label
	}
	d.Labels, d.Label = points.Labels(labels)
	var later eval.Matrix
	for _, s := range slices.Backward(m.index.Snapshots) {
		known := m.planes[m.file(s.Step)]
		plane := eval.Matrix{Rows: known.Rows, Cols: 2, Data: slices.Clone(known.Data)}
		if later.Rows > 0 {
			align(plane, later)
		}
		later = plane
		shown := Snapshot{Snapshot: s, PCA: points.Encoded(plane.Data)}
		if places, known := m.umaps[m.file(s.Step)]; known {
			shown.UMAP = points.Encoded(places.Data)
		}
		d.Snapshots = append(d.Snapshots, shown)
	}
	slices.Reverse(d.Snapshots)
	if m.index.Sheet != nil && pictures != "" {
		d.Sheet = &Sheet{pictures, *m.index.Sheet}
	}
	return d, nil
}

// Shows tells whether an image is on the map.
func (m *Map) Shows(ctx context.Context, path string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.refresh(ctx) != nil {
		return false
	}
	return slices.ContainsFunc(m.index.Images, func(i snapshots.Image) bool { return i.Path == path })
}

// Pictures is the JPEG file of the sheet.
func (m *Map) Pictures() ([]byte, error) { return snapshots.ReadSheet(m.run) }
