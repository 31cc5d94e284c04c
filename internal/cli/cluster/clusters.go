package cluster

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/cli/grouping"
	"github.com/dino-go/dino/internal/csvtext"
	"github.com/dino-go/dino/internal/output/contactsheet"
	"github.com/dino-go/dino/internal/output/embeddings"

	"github.com/dino-go/dino/internal/progress"
	"github.com/dino-go/dino/internal/terminal"
)

// clusters are images with their clusters.
type clusters struct {
	*grouping.Set
	o        Options
	fit      eval.Clusters
	distance []float64 // of each row to the centre of its cluster
	ranked   [][]int   // [K]: rows of each cluster, nearest to its centre first
	classes  []class   // [K]: the most frequent label of each; nil without labels
}

// class is a label, and how many rows have it.
type class struct {
	label string
	rows  int
}

// fit finds the clusters.
func (o Options) fit(ctx context.Context, set *grouping.Set) (*clusters, error) {
	m := set.Features
	if !o.Raw {
		m = m.Normalized()
	}
	fit, err := eval.KMeans{K: o.K, Seed: o.Seed, Steps: o.Steps}.Fit(ctx, m)
	if err != nil {
		return nil, err
	}
	g := &clusters{Set: set, o: o, fit: fit, ranked: make([][]int, o.K)}
	for row, cluster := range fit.Assignments {
		g.distance = append(g.distance, distance(m.Row(row), fit.Centers.Row(cluster)))
		g.ranked[cluster] = append(g.ranked[cluster], row)
	}
	unlabelled := slices.ContainsFunc(set.Rows, func(r embeddings.Row) bool { return r.Label == "" })
	for _, rows := range g.ranked {
		slices.SortStableFunc(rows, func(a, b int) int { return cmp.Compare(g.distance[a], g.distance[b]) })
		if !unlabelled {
			g.classes = append(g.classes, g.mostFrequent(rows))
		}
	}
	return g, nil
}

// distance is that of Euclid.
func distance(a, b []float32) float64 {
	sum := 0.0
	for i := range a {
		d := float64(a[i]) - float64(b[i])
		sum += d * d
	}
	return math.Sqrt(sum)
}

// mostFrequent returns the most frequent label of rows, of equally frequent ones the first by name.
func (g *clusters) mostFrequent(rows []int) class {
	counts := map[string]int{}
	for _, row := range rows {
		counts[g.Rows[row].Label]++
	}
	var best class
	for label, n := range counts {
		if n > best.rows || (n == best.rows && label < best.label) {
			best = class{label, n}
		}
	}
	return best
}

// purity is the share of rows that have the most frequent label of their cluster, in percent.
func (g *clusters) purity() float64 {
	sum := 0
	for _, c := range g.classes {
		sum += c.rows
	}
	return 100 * float64(sum) / float64(len(g.Rows))
}

// Lines has one for every image, in the order of the input.
func (g *clusters) Lines() [][]string {
	rank := make([]int, len(g.Rows))
	for _, rows := range g.ranked {
		for i, row := range rows {
			rank[row] = i + 1
		}
	}
	lines := [][]string{{"path", "label", "cluster", "distance", "rank"}}
	for i, row := range g.Rows {
		lines = append(lines, []string{
			csvtext.Escape(row.Path), csvtext.Escape(row.Label), strconv.Itoa(g.fit.Assignments[i]),
			strconv.FormatFloat(g.distance[i], 'g', 6, 64), strconv.Itoa(rank[i]),
		})
	}
	return lines
}

// Page is the contact sheet: of every cluster the images nearest to its centre.
func (g *clusters) Page() contactsheet.Page {
	p := contactsheet.Page{
		Title: fmt.Sprintf("%d clusters of %d images", g.o.K, len(g.Rows)),
		Summary: fmt.Sprintf("%s, seed %d. Each row shows the images nearest to the "+
			"centre of a cluster; the number below an image is its distance to the centre.", g.o.Input,
			g.o.Seed),
	}
	for cluster, rows := range g.ranked {
		group := contactsheet.Group{Title: fmt.Sprintf("Cluster %d: %d images", cluster, len(rows)), Total: len(rows)}
		if g.classes != nil {
			group.Title += fmt.Sprintf(", %.0f %% %s", 100*float64(g.classes[cluster].rows)/float64(len(rows)),
				g.classes[cluster].label)
		}
		for _, row := range rows[:min(g.o.Show, len(rows))] {
			group.Pictures = append(group.Pictures, contactsheet.Picture{
				Path: g.Path(row), Name: g.Rows[row].Path, Caption: fmt.Sprintf("%.3f", g.distance[row]),
			})
		}
		p.Groups = append(p.Groups, group)
	}
	return p
}

// Report says how well the clusters fit.
func (g *clusters) Report(printer *progress.Printer) {
	fields := progress.Fields{
		"out": g.o.Out, "images": len(g.Rows), "bad_images": g.Bad, "k": g.o.K, "seed": g.o.Seed,
		"sizes": g.fit.Sizes, "inertia": g.fit.Inertia, "steps": g.fit.Steps, "converged": g.fit.Converged,
	}
	line := terminal.Sprintf("%s: %d clusters of %d images, the largest of %d and the smallest of %d; inertia %.4g "+
		"after %d steps",
		g.o.Out, g.o.K, len(g.Rows), g.fit.Sizes[0], g.fit.Sizes[g.o.K-1], g.fit.Inertia, g.fit.Steps)
	if !g.fit.Converged {
		line += ", not converged: --steps allows more"
	}
	if g.classes != nil {
		fields["purity"] = g.purity()
		line += terminal.Sprintf("\npurity %.1f %%: images with the most frequent class of their cluster", g.purity())
	}
	printer.Result("done", fields, "%s", line)
}
