// Package runmap shows the images of a run as a map, as its network saw them at several epochs: the
// features are those that the run keeps (package snapshots). Places are those of PCA, and of UMAP
// where somebody asks for it. Those of earlier epochs are turned so that they lie as near as can be
// to those of later ones: what moves has changed.
//
// The folder of the run may be anybody's: it is read within bounds, links are not followed, and
// names go into the page as text.
//
// Tests: known answer (planted groups that turn and come apart), bad input, property (alignment).
package runmap

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/run/snapshots"
	"github.com/dino-go/dino/internal/watch/points"
)

// clustersShown is how many clusters of k-means there are, or fewer where rows are alike.
const clustersShown = 10

// Map is the map of a run. Its methods may be called by several goroutines.
type Map struct {
	run string // folder

	computing sync.Mutex // UMAP, one at a time

	mu       sync.Mutex
	stamp    stamp // of the index that the rest belongs to
	index    *snapshots.Index
	planes   map[file]eval.Matrix // of PCA, not turned
	umaps    map[file]eval.Matrix // turned
	clusters int
	cluster  []int // of each image, by the newest features; -1 for none
}

// stamp tells whether a file is as it was.
type stamp struct {
	size int64
	time time.Time
}

// file is the features after a step as they were when places were computed of them: another run may
// have begun in the folder.
type file struct {
	step int
	stamp
}

func (m *Map) file(step int) file {
	f := file{step: step}
	if info, err := os.Lstat(snapshots.File(m.run, step)); err == nil {
		f.stamp = stamp{info.Size(), info.ModTime()}
	}
	return f
}

// Open returns the map of a run folder. Nothing is read yet.
func Open(run string) *Map { return &Map{run: run} }

// errNone says that the run keeps no features.
var errNone = errors.New("the run has no map yet: it begins with the first score, or after an epoch")

// refresh reads the index if it is another.
func (m *Map) refresh(ctx context.Context) error {
	info, err := os.Lstat(snapshots.IndexFile(m.run))
	if errors.Is(err, os.ErrNotExist) {
		m.index = nil
		return errNone
	}
	if err != nil {
		return err
	}
	now := stamp{info.Size(), info.ModTime()}
	if m.index != nil && now == m.stamp {
		return nil
	}
	index, err := snapshots.Read(m.run)
	if err != nil {
		return err
	}
	if index == nil || len(index.Snapshots) == 0 {
		return errNone
	}
	if m.index == nil || !slices.Equal(m.index.Images, index.Images) {
		m.planes, m.umaps = map[file]eval.Matrix{}, map[file]eval.Matrix{}
	}
	m.index = index
	if err := m.lay(ctx); err != nil {
		m.index = nil
		return err
	}
	m.stamp = now
	m.forget()
	return nil
}

// forget gives up the places of snapshots that are gone.
func (m *Map) forget() {
	gone := func(f file, _ eval.Matrix) bool {
		return !slices.ContainsFunc(m.index.Snapshots, func(s snapshots.Snapshot) bool { return m.file(s.Step) == f })
	}
	maps.DeleteFunc(m.planes, gone)
	maps.DeleteFunc(m.umaps, gone)
}

// lay computes the places of PCA of what is new, and the clusters of the newest features. Snapshots
// that cannot be read, as one that the run has just removed, are left out.
func (m *Map) lay(ctx context.Context) error {
	var readable []snapshots.Snapshot
	var why error
	for i, s := range slices.Backward(m.index.Snapshots) {
		_, known := m.planes[m.file(s.Step)]
		newest := i == len(m.index.Snapshots)-1
		if known && !newest {
			readable = append(readable, s)
			continue
		}
		rows, err := snapshots.Features(m.run, s.Step, len(m.index.Images))
		if err == nil {
			err = m.place(ctx, s.Step, rows, len(readable) == 0)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			why = err
			continue
		}
		readable = append(readable, s)
	}
	slices.Reverse(readable)
	if m.index.Snapshots = readable; len(readable) == 0 {
		return why
	}
	return nil
}

// place computes the places of a snapshot, and with clusters the clusters.
func (m *Map) place(ctx context.Context, step int, rows eval.Matrix, clusters bool) error {
	there, of := present(rows)
	if there.Rows == 0 {
		return fmt.Errorf("step %d has no features", step)
	}
	plane, err := eval.PCAPlane(ctx, there)
	if err != nil {
		return err
	}
	m.planes[m.file(step)] = spread(plane, of, rows.Rows)
	if !clusters {
		return nil
	}
	return m.group(ctx, there, of)
}

// group finds clusters, or as many as different rows allow.
func (m *Map) group(ctx context.Context, there eval.Matrix, of []int) error {
	k, clusters, err := points.Clusters(ctx, there, clustersShown, 0)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	m.clusters, m.cluster = k, slices.Repeat([]int{-1}, len(m.index.Images))
	if err != nil { // a map without groups is one all the same
		return nil
	}
	for i, row := range of {
		m.cluster[row] = clusters[i]
	}
	return nil
}

// present are the rows that are not zero, and which they are.
func present(rows eval.Matrix) (there eval.Matrix, of []int) {
	for i := range rows.Rows {
		if slices.ContainsFunc(rows.Row(i), func(x float32) bool { return x != 0 }) {
			of = append(of, i)
		}
	}
	there = eval.NewMatrix(len(of), rows.Cols)
	for i, row := range of {
		copy(there.Row(i), rows.Row(row))
	}
	return there, of
}

// spread puts rows back to where they were among n; the others are NaN.
func spread(plane eval.Matrix, of []int, n int) eval.Matrix {
	all := eval.NewMatrix(n, plane.Cols)
	for i := range all.Data {
		all.Data[i] = float32(math.NaN())
	}
	for i, row := range of {
		copy(all.Row(row), plane.Row(i))
	}
	return all
}

// UMAP returns the places of the snapshot after so many steps by UMAP, [images, 2], NaN for images
// without features. The newest is computed first: the others start at its places.
func (m *Map) UMAP(ctx context.Context, step int) (eval.Matrix, error) {
	m.computing.Lock()
	defer m.computing.Unlock()
	newest, images, err := m.newestOf(ctx)
	if err != nil {
		return eval.Matrix{}, err
	}
	near, err := m.umap(ctx, newest, images, m.lastUMAP())
	if err != nil || step == newest {
		return near, err
	}
	return m.umap(ctx, step, images, near)
}

func (m *Map) newest() int { return m.index.Snapshots[len(m.index.Snapshots)-1].Step }

// newestOf is the step of the newest snapshot, and how many images there are.
func (m *Map) newestOf(ctx context.Context) (step, images int, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.refresh(ctx); err != nil {
		return 0, 0, err
	}
	return m.newest(), len(m.index.Images), nil
}

// epochsNear is how long UMAP goes on from places that were computed before: longer, and groups
// that nothing ties together drift apart.
const epochsNear = 200

// umap returns the places of a snapshot, which it computes unless they are there: from those of
// another, which it is turned to, or from PCA where there is none.
func (m *Map) umap(ctx context.Context, step, images int, near eval.Matrix) (eval.Matrix, error) {
	at := m.file(step)
	m.mu.Lock()
	known, there := m.umaps[at]
	m.mu.Unlock()
	if there {
		return known, nil
	}
	rows, err := snapshots.Features(m.run, step, images)
	if err != nil {
		return eval.Matrix{}, err
	}
	with, of := present(rows)
	u := eval.DefaultUMAP()
	if near.Rows == images {
		u.Start, u.Epochs = startAt(near, of), epochsNear
	}
	places, err := u.Fit(ctx, with)
	if err != nil {
		return eval.Matrix{}, err
	}
	all := spread(places, of, images)
	if near.Rows == images {
		align(all, near)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.umaps[at] = all
	return all, nil
}

// lastUMAP are the places of the latest snapshot that has some: what somebody has seen last.
func (m *Map) lastUMAP() (places eval.Matrix) {
	m.mu.Lock()
	defer m.mu.Unlock()
	latest := -1
	for f, known := range m.umaps {
		if f.step > latest {
			latest, places = f.step, known
		}
	}
	return places
}

// startAt are the places of rows; those that have none start in the middle of the others.
func startAt(places eval.Matrix, of []int) eval.Matrix {
	start, middle := eval.NewMatrix(len(of), 2), middleOf(places, places)
	for i, row := range of {
		copy(start.Row(i), places.Row(row))
		if isNaN(places.Row(row)) {
			start.Row(i)[0], start.Row(i)[1] = float32(middle[0]), float32(middle[1])
		}
	}
	return start
}

func isNaN(place []float32) bool {
	return math.IsNaN(float64(place[0])) || math.IsNaN(float64(place[1]))
}
