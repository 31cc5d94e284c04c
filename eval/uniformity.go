package eval

import (
	"context"
	"fmt"
	"math"

	"github.com/dino-go/dino/eval/internal/tile"
)

// Uniformity returns how evenly features spread over the sphere (Wang & Isola,
// "Understanding Contrastive Representation Learning through Alignment and
// Uniformity on the Hypersphere", 2020): with all rows xᵢ L2-normalised,
//
//	uniformity = ln mean over pairs i < j of exp(−t·‖xᵢ − xⱼ‖₂²)
//
// It is 0 for a collapsed network, and −2t (−4 at the paper's t = 2) where the
// features of every pair are perpendicular.
// It fails on features that are non-finite or of fewer than two rows, and when
// ctx is done. Memory is 16 bytes a row; workers < 1 means one a core.
func Uniformity(ctx context.Context, m Matrix, t float64, workers int) (float64, error) {
	if err := m.check("uniformity's"); err != nil {
		return 0, err
	}
	if m.Rows < 2 {
		return 0, fmt.Errorf("eval: uniformity of %d row: need at least two", m.Rows)
	}
	if !(t > 0) || math.IsInf(t, 0) {
		return 0, fmt.Errorf("eval: uniformity: t is %v: must be positive; 2 is usual", t)
	}
	s := cosineSweep(m, m)
	s.upper = true
	sums := make([]float64, m.Rows)
	err := s.run(ctx, workers, func() visitor { return &potential{t: t, sums: sums} })
	if err != nil {
		return 0, fmt.Errorf("eval: uniformity: %w", err)
	}
	pairs := float64(m.Rows) * float64(m.Rows-1) / 2
	return math.Log(total(sums) / pairs), nil
}

// potential adds exp(−t·‖xᵢ − xⱼ‖²) over all j > i to sums[i].
type potential struct {
	t    float64
	sums []float64
}

func (p *potential) begin(_, _ int) {}
func (p *potential) end()           {}

func (p *potential) visit(b *tile.Block, row, rows, query, columns int) {
	for r := range rows {
		for c := range columns {
			if row+r > query+c {
				squared := max(0, 2-2*float64(b[r*tile.Columns+c]))
				p.sums[query+c] += math.Exp(-p.t * squared)
			}
		}
	}
}
