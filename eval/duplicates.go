package eval

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/dino-go/dino/eval/internal/tile"
)

// Duplicates groups rows that look alike: two rows are linked when their cosine
// similarity is at least Threshold, and a group is what links connect. So two
// rows of a group need not be that similar themselves.
type Duplicates struct {
	// Threshold is between −1 and 1; about 0.95 for near duplicates.
	Threshold float64
	// Workers is the number of goroutines; 0 means one a core.
	Workers int
}

// DuplicateGroup is a group of at least two rows.
type DuplicateGroup struct {
	Rows []int `json:"rows"` // ascending; the first stands for the group
	// Similarity of each row to the first; that of the first is 1.
	Similarity []float64 `json:"similarity"`
}

// Groups returns the groups in order of their first rows. It compares all pairs
// of rows, in blocks: memory beyond the features is 12 bytes a row and worker.
// It fails on features that are empty or non-finite, and when ctx is done.
func (d Duplicates) Groups(ctx context.Context, m Matrix) ([]DuplicateGroup, error) {
	if err := m.check("duplicates'"); err != nil {
		return nil, err
	}
	if !(d.Threshold >= -1 && d.Threshold <= 1) {
		return nil, fmt.Errorf("eval: duplicates: threshold is %v: a cosine is between -1 and 1; 0.95 is usual",
			d.Threshold)
	}
	s := cosineSweep(m, m)
	s.upper = true
	var mutex sync.Mutex
	var all []disjointSets
	err := s.run(ctx, d.Workers, func() visitor {
		sets := newDisjointSets(m.Rows)
		mutex.Lock()
		defer mutex.Unlock()
		all = append(all, sets)
		return &linker{sweep: s, threshold: d.Threshold, sets: sets}
	})
	if err != nil {
		return nil, fmt.Errorf("eval: duplicates: %w", err)
	}
	for _, sets := range all[1:] {
		for row := range m.Rows {
			all[0].join(row, sets.find(row))
		}
	}
	return s.groups(all[0]), nil
}

// groups lists the sets of more than one row.
func (s sweep) groups(sets disjointSets) []DuplicateGroup {
	members := map[int][]int{}
	for row := range s.bank.Rows {
		first := sets.find(row)
		members[first] = append(members[first], row)
	}
	var groups []DuplicateGroup
	for first, rows := range members {
		if len(rows) < 2 {
			continue
		}
		g := DuplicateGroup{Rows: rows}
		for _, row := range rows {
			g.Similarity = append(g.Similarity, min(1, s.exact(first, row)))
		}
		groups = append(groups, g)
	}
	slices.SortFunc(groups, func(a, b DuplicateGroup) int { return a.Rows[0] - b.Rows[0] })
	return groups
}

// linker joins the rows that are similar enough.
type linker struct {
	sweep
	threshold float64
	sets      disjointSets
}

func (l *linker) begin(_, _ int) {}
func (l *linker) end()           {}

func (l *linker) visit(b *tile.Block, row, rows, query, columns int) {
	least := float32(l.threshold - cosineRounding)
	for r := range rows {
		for c, similarity := range b[r*tile.Columns:][:columns] {
			if similarity < least || row+r <= query+c {
				continue
			}
			// float64 rounding may put equal rows 1e-16 below 1.
			if math.Abs(float64(similarity)-l.threshold) > cosineRounding ||
				l.exact(row+r, query+c) >= l.threshold-1e-12 {
				l.sets.join(query+c, row+r)
			}
		}
	}
}

// disjointSets partitions the numbers from 0. A set is known by its smallest.
type disjointSets []int32

func newDisjointSets(n int) disjointSets {
	sets := make(disjointSets, n)
	for i := range sets {
		sets[i] = int32(i)
	}
	return sets
}

// find returns the smallest number of i's set.
func (s disjointSets) find(i int) int {
	for int(s[i]) != i {
		s[i] = s[s[i]]
		i = int(s[i])
	}
	return i
}

// join unites the sets of a and b.
func (s disjointSets) join(a, b int) {
	a, b = s.find(a), s.find(b)
	s[max(a, b)] = int32(min(a, b))
}
