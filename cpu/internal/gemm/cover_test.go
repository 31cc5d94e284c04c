package gemm

import (
	"fmt"
	"sync"
)

// cover keeps the tiles that an epilogue gets.
type cover struct {
	m, n, batch int
	mu          sync.Mutex
	tiles       []Tile
}

// newCover keeps the tiles of a product that has an epilogue with Then; it is nil if there is none.
func newCover[T Element](p *Product[T]) *cover {
	then := p.Epilogue.Then
	if then == nil {
		return nil
	}
	c := &cover{m: p.M, n: p.N, batch: p.batch()}
	p.Epilogue.Then = func(t Tile) {
		c.mu.Lock()
		c.tiles = append(c.tiles, t)
		c.mu.Unlock()
		then(t)
	}
	return c
}

// check wants each element of C in one tile.
func (c *cover) check() error {
	if c == nil {
		return nil
	}
	counts := make([]int, c.batch*c.m*c.n)
	for _, t := range c.tiles {
		if t.Batch < 0 || t.Batch >= c.batch || t.Row < 0 || t.Row+t.Rows > c.m || t.Col < 0 || t.Col+t.Cols > c.n {
			return fmt.Errorf("rows %d to %d and columns %d to %d of matrix %d are a tile that lies not in C", t.Row,
				t.Row+t.Rows, t.Col, t.Col+t.Cols, t.Batch)
		}
		for i := range t.Rows {
			at := (t.Batch*c.m+t.Row+i)*c.n + t.Col
			for j := range counts[at : at+t.Cols] {
				counts[at+j]++
			}
		}
	}
	for i, n := range counts {
		if n != 1 {
			return fmt.Errorf("element (%d, %d) of matrix %d is in %d tiles, want 1", i/c.n%c.m, i%c.n, i/c.n/c.m, n)
		}
	}
	return nil
}
