package runmap

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"math"
	"slices"

	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/run/snapshots"
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
	d := &Data{Clusters: m.clusters, Cluster: m.cluster, Labels: []string{}}
	d.name(m.index.Images)
	var later eval.Matrix
	for _, s := range slices.Backward(m.index.Snapshots) {
		known := m.planes[m.file(s.Step)]
		plane := eval.Matrix{Rows: known.Rows, Cols: 2, Data: slices.Clone(known.Data)}
		if later.Rows > 0 {
			align(plane, later)
		}
		later = plane
		shown := Snapshot{Snapshot: s, PCA: Encoded(plane)}
		if places, known := m.umaps[m.file(s.Step)]; known {
			shown.UMAP = Encoded(places)
		}
		d.Snapshots = append(d.Snapshots, shown)
	}
	slices.Reverse(d.Snapshots)
	if m.index.Sheet != nil && pictures != "" {
		d.Sheet = &Sheet{pictures, *m.index.Sheet}
	}
	return d, nil
}

func (d *Data) name(images []snapshots.Image) {
	for _, image := range images {
		d.Paths = append(d.Paths, image.Path)
		if image.Label != "" {
			d.Labels = append(d.Labels, image.Label)
		}
	}
	slices.Sort(d.Labels)
	d.Labels = slices.Compact(d.Labels)
	for _, image := range images {
		label, found := slices.BinarySearch(d.Labels, image.Label)
		if !found {
			label = -1
		}
		d.Label = append(d.Label, label)
	}
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

// Encoded is places as the page reads them: float32, little-endian, in base64.
func Encoded(places eval.Matrix) string {
	text := make([]byte, 0, 4*len(places.Data))
	for _, v := range places.Data {
		text = binary.LittleEndian.AppendUint32(text, math.Float32bits(v))
	}
	return base64.StdEncoding.EncodeToString(text)
}
