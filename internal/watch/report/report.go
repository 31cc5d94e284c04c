// Package report writes runs as one HTML file that needs nothing else: the page of dino watch with
// its data inside.
//
// Tests: known answer, property (bounded size).
package report

import (
	"context"
	"fmt"
	"time"

	"github.com/dino-go/dino/internal/atomicfile"
	"github.com/dino-go/dino/internal/digits"
	"github.com/dino-go/dino/internal/watch/metrics"
	"github.com/dino-go/dino/internal/watch/page"
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
		Curves: map[string]metrics.Curves{},
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
	}
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
	return nil, fmt.Errorf("%d runs do not fit into %s: name fewer", len(all), digits.Bytes(int64(limit)))
}
