package eval

import (
	"github.com/dino-go/dino/eval/internal/tile"
)

// featureBatch holds some rows of features packed for the two products of a
// linear classifier: its logits, and the gradient of its weights.
type featureBatch struct {
	rows, cols int
	samples    tile.PackedColumns // [⌈rows/tile.Columns⌉][cols], rows side by side
	dimensions tile.PackedColumns // [⌈cols/tile.Columns⌉][rows], columns side by side
}

// newFeatureBatch makes room for a number of rows.
func newFeatureBatch(rows, cols int) *featureBatch {
	return &featureBatch{
		samples:    make(tile.PackedColumns, panels(rows)*cols),
		dimensions: make(tile.PackedColumns, panels(cols)*rows),
	}
}

// panels returns how many panels n vectors fill.
func panels(n int) int { return ceil(n, tile.Columns) / tile.Columns }

// ceil returns the smallest multiple of unit that is at least n.
func ceil(n, unit int) int { return (n + unit - 1) / unit * unit }

// load packs the given rows of m, no more than there is room for.
func (b *featureBatch) load(m Matrix, rows []int) {
	b.rows, b.cols = len(rows), m.Cols
	for i, row := range rows {
		b.samplePanel(i).Set(i%tile.Columns, m.Row(row), 1)
		for first := 0; first < b.cols; first += tile.Columns {
			part := &b.dimensionPanel(first)[i]
			clear(part[copy(part[:], m.Row(row)[first:]):])
		}
	}
	for i := b.rows; i < b.stride(); i++ {
		b.samplePanel(i).Clear(i % tile.Columns)
	}
}

// samplePanel returns the panel of sample i.
func (b *featureBatch) samplePanel(i int) tile.PackedColumns {
	return b.samples[i/tile.Columns*b.cols:][:b.cols]
}

// dimensionPanel returns the panel of column j.
func (b *featureBatch) dimensionPanel(j int) tile.PackedColumns {
	return b.dimensions[j/tile.Columns*b.rows:][:b.rows]
}

// stride is the length of a row of logits: one column a sample, rounded up.
func (b *featureBatch) stride() int { return ceil(b.rows, tile.Columns) }

// logitScratch is what one worker needs to run a classifier on batches.
type logitScratch struct {
	packed  tile.PackedRows // [max(cols, rows)]
	product tile.Block
	logits  []float32 // [classes, stride]
}

func newLogitScratch(classes, rows, cols int) *logitScratch {
	return &logitScratch{
		packed: make(tile.PackedRows, max(rows, cols)),
		logits: make([]float32, classes*ceil(rows, tile.Columns)),
	}
}

// pack packs the vectors of classes from class on; the last one stands for those
// after it.
func (s *logitScratch) pack(length, class, classes int, vector func(class int) []float32) tile.PackedRows {
	var vectors [tile.Rows][]float32
	for r := range vectors {
		vectors[r] = vector(min(class+r, classes-1))
	}
	packed := s.packed[:length]
	packed.Set(&vectors, &[tile.Rows]float32{1, 1, 1, 1})
	return packed
}

// forward fills logits[class, sample] with weight·x + bias.
func (s *logitScratch) forward(b *featureBatch, l LinearClassifier) {
	stride, classes := b.stride(), l.Weight.Rows
	for class := 0; class < classes; class += tile.Rows {
		packed := s.pack(b.cols, class, classes, l.Weight.Row)
		for first := 0; first < stride; first += tile.Columns {
			tile.Products(&s.product, packed, b.samplePanel(first))
			for r := range min(tile.Rows, classes-class) {
				out := s.logits[(class+r)*stride+first:][:tile.Columns]
				for c, v := range s.product[r*tile.Columns:][:tile.Columns] {
					out[c] = v + l.Bias[class+r]
				}
			}
		}
	}
}

// backward computes the gradient of the weights, [classes, cols]: the product of logits, which now
// hold the gradient [classes, samples], with the features. It calls visit for each block of it,
// that of rows classes from class on and of columns columns from column on.
func (s *logitScratch) backward(b *featureBatch, classes int,
	visit func(products *tile.Block, class, rows, column, columns int),
) {
	stride := b.stride()
	gradient := func(class int) []float32 { return s.logits[class*stride:][:b.rows] }
	for class := 0; class < classes; class += tile.Rows {
		packed := s.pack(b.rows, class, classes, gradient)
		for column := 0; column < b.cols; column += tile.Columns {
			tile.Products(&s.product, packed, b.dimensionPanel(column))
			visit(&s.product, class, min(tile.Rows, classes-class), column, min(tile.Columns, b.cols-column))
		}
	}
}
