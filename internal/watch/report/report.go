// Package report writes runs as one HTML file that needs nothing else: the page of dino watch with
// its data inside.
//
// Tests: known answer, property (bounded size).
package report

import (
	"context"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/dino-go/dino/internal/atomicfile"
	"github.com/dino-go/dino/internal/digits"
	"github.com/dino-go/dino/internal/watch/metrics"
	"github.com/dino-go/dino/internal/watch/page"
	"github.com/dino-go/dino/internal/watch/runmap"
	"github.com/dino-go/dino/internal/watch/runs"
	"github.com/dino-go/dino/internal/watch/server"
)

// MaxSize is the size that a report is kept below, in bytes.
const MaxSize = 10_000_000

// How many points of every curve a report has, as far as the size lets it.
const (
	mostPoints  = 1024
	leastPoints = 32
)

// data are what the scripts of the page read: see source.js.
type data struct {
	Made    string                    `json:"made"`
	Runs    []runs.Summary            `json:"runs"`
	Details map[string]server.Details `json:"details"`
	Curves  map[string]metrics.Curves `json:"curves"`
	Maps    map[string]*runmap.Data   `json:"maps"` // of the runs that have one

	Pictures map[string]drawn `json:"pictures"`
}

// Write writes the report of runs to a file, whole or not at all, and returns its size in bytes. A
// run may be under way.
func Write(ctx context.Context, path string, all []*runs.Run) (size int, err error) {
	html, err := within(ctx, all, MaxSize)
	if err != nil {
		return 0, fmt.Errorf("report: %w", err)
	}
	return len(html), atomicfile.WriteFile(path, html)
}

// within is the report with as many points as a size allows.
func within(ctx context.Context, all []*runs.Run, limit int) (html []byte, err error) {
	d := data{
		Made: time.Now().Format("2006-01-02 15:04"), Details: map[string]server.Details{},
		Curves: map[string]metrics.Curves{}, Maps: map[string]*runmap.Data{}, Pictures: map[string]drawn{},
	}
	locks := runs.ReadLocks()
	for _, r := range all {
		for more := true; more; {
			if _, more, err = r.Log.Update(ctx); err != nil {
				return nil, err
			}
		}
		r.Refresh(time.Now(), locks)
		d.Runs = append(d.Runs, r.Summary())
		d.Details[r.ID] = server.Detail(ctx, r, r.Name)
		if d.Maps[r.ID], err = mapOf(ctx, r); err != nil {
			return nil, err
		}
		d.Pictures[r.ID] = drawnBy(r, int(picturesShare*float64(limit))/len(all))
	}
	d.leaveOut(limit / 2)
	for _, leaveOut := range []func(){ // names may be longer in HTML than they are
		func() {}, func() { d.Maps = nil }, func() { d.Pictures = nil },
	} {
		leaveOut()
		for points := mostPoints; points >= leastPoints; points /= 2 {
			for _, r := range all {
				if d.Curves[r.ID], err = r.Log.Curves(ctx, metrics.Whole(points)); err != nil {
					return nil, err
				}
			}
			if html, err = page.Report(d); err != nil || len(html) < limit {
				return html, err
			}
		}
	}
	return nil, fmt.Errorf("%d runs do not fit into %s: name fewer", len(all), digits.Bytes(int64(limit)))
}

// mapOf is the map of a run with the newest places of UMAP and its pictures; nil for a run without.
// One that cannot be read is left out.
func mapOf(ctx context.Context, r *runs.Run) (*runmap.Data, error) {
	m := runmap.Open(r.Path)
	d, err := m.Data(ctx, "")
	if err == nil {
		newest := d.Snapshots[len(d.Snapshots)-1].Step
		if _, err = m.UMAP(ctx, newest); err == nil || ctx.Err() == nil { // PCA alone, where UMAP fails
			d, err = m.Data(ctx, sheetOf(m))
		}
	}
	if err != nil {
		return nil, ctx.Err()
	}
	return d, nil
}

// sheetOf are the pictures of a map as an address that holds them; empty where there are none.
func sheetOf(m *runmap.Map) string {
	text, err := m.Pictures()
	if err != nil {
		return ""
	}
	return "data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(text)
}

// leaveOut leaves pictures out, and then maps, of the last runs, until the maps take at most so
// many bytes.
func (d *data) leaveOut(most int) {
	total := 0
	for _, s := range d.Runs {
		m := d.Maps[s.ID]
		if m == nil {
			delete(d.Maps, s.ID)
			continue
		}
		bare := 100 * len(m.Paths)
		for _, snapshot := range m.Snapshots {
			bare += len(snapshot.PCA) + len(snapshot.UMAP)
		}
		for _, path := range m.Paths {
			bare += len(path)
		}
		if m.Sheet != nil && total+bare+len(m.Sheet.Source) > most {
			m.Sheet = nil
		}
		if total+bare > most {
			delete(d.Maps, s.ID)
			continue
		}
		if total += bare; m.Sheet != nil {
			total += len(m.Sheet.Source)
		}
	}
}
