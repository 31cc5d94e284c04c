package eval

import (
	"github.com/dino-go/dino/eval/internal/tile"
)

// featureBatch holds some rows of features packed for the two products of a
// linear classifier: its logits, and the gradient of its weights.
type featureBatch struct {
	rows, cols int
	samples    []float32 // [⌈rows/tile.Columns⌉, cols, tile.Columns]
	dimensions []float32 // [⌈cols/tile.Columns⌉, rows, tile.Columns]
}

// newFeatureBatch makes room for a number of rows.
func newFeatureBatch(rows, cols int) *featureBatch {
	return &featureBatch{
		samples:    make([]float32, ceil(rows, tile.Columns)*cols),
		dimensions: make([]float32, ceil(cols, tile.Columns)*rows),
	}
}

// ceil returns the smallest multiple of unit that is at least n.
func ceil(n, unit int) int { return (n + unit - 1) / unit * unit }

// load packs the given rows of m, no more than there is room for.
func (b *featureBatch) load(m Matrix, rows []int) {
	b.rows, b.cols = len(rows), m.Cols
	width := tile.Columns * b.cols
	for i, row := range rows {
		panel := b.samples[i/tile.Columns*width:][:width]
		tile.Pack(panel, tile.Columns, i%tile.Columns, m.Row(row), 1)
		for first := 0; first < b.cols; first += tile.Columns {
			part := b.dimensions[first*b.rows+i*tile.Columns:][:tile.Columns]
			clear(part[copy(part, m.Row(row)[first:]):])
		}
	}
	for i := b.rows; i < b.stride(); i++ {
		tile.Clear(b.samples[i/tile.Columns*width:][:width], tile.Columns, i%tile.Columns)
	}
}

// stride is the length of a row of logits: one column a sample, rounded up.
func (b *featureBatch) stride() int { return ceil(b.rows, tile.Columns) }

// logitScratch is what one worker needs to run a classifier on batches.
type logitScratch struct {
	packed  []float32 // [max(cols, rows), tile.Rows]
	product tile.Block
	logits  []float32 // [classes, stride]
}

func newLogitScratch(classes, rows, cols int) *logitScratch {
	return &logitScratch{
		packed: make([]float32, tile.Rows*max(rows, cols)),
		logits: make([]float32, classes*ceil(rows, tile.Columns)),
	}
}

// forward fills logits[class, sample] with weight·x + bias.
func (s *logitScratch) forward(b *featureBatch, l LinearClassifier) {
	stride, width := b.stride(), tile.Columns*b.cols
	packed := s.packed[:tile.Rows*b.cols]
	for class := 0; class < l.Weight.Rows; class += tile.Rows {
		rows := min(tile.Rows, l.Weight.Rows-class)
		for r := range rows {
			tile.Pack(packed, tile.Rows, r, l.Weight.Row(class+r), 1)
		}
		for first := 0; first < stride; first += tile.Columns {
			tile.Products(&s.product, packed, b.samples[first/tile.Columns*width:][:width])
			for r := range rows {
				out := s.logits[(class+r)*stride+first:][:tile.Columns]
				for c, v := range s.product[r*tile.Columns:][:tile.Columns] {
					out[c] = v + l.Bias[class+r]
				}
			}
		}
	}
}

// backward shows the products of the rows of logits, which now hold a gradient
// for every class and sample, with the features: the gradient of the weights of
// classes from class on, rows of them, for columns from column on.
func (s *logitScratch) backward(b *featureBatch, classes int, visit func(products *tile.Block, class, rows, column, columns int)) {
	stride := b.stride()
	packed := s.packed[:tile.Rows*b.rows]
	for class := 0; class < classes; class += tile.Rows {
		rows := min(tile.Rows, classes-class)
		for r := range rows {
			tile.Pack(packed, tile.Rows, r, s.logits[(class+r)*stride:][:b.rows], 1)
		}
		for column := 0; column < b.cols; column += tile.Columns {
			tile.Products(&s.product, packed, b.dimensions[column*b.rows:][:tile.Columns*b.rows])
			visit(&s.product, class, rows, column, min(tile.Columns, b.cols-column))
		}
	}
}
