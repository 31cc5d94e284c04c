package metrics

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
)

// Curves are the numbers of a run in buckets of equally many lines, in the order of steps.
type Curves struct {
	// Generation says which buckets they are: as long as it stays, those that were answered before
	// are still right, except the last.
	Generation string
	Width      int     // lines a bucket; of the last perhaps fewer
	From       int     // number of the first bucket that is here
	Steps      []int64 // the last step of each
	Epochs     []int64 // the epoch of that step
	Names      []string
	Columns    []Column // of each name
	More       bool     // there is more of the file to read
	Error      string   // why the rest of the file is not read; empty where it is
}

// Column is one number in every bucket; NaN where the bucket has no value of it.
type Column struct{ Mean, Min, Max []float32 }

// wanted is a part of the curves.
type wanted struct {
	first, last int64 // steps; all buckets that have some of them
	points      int   // buckets at most
	since       int   // the first bucket to answer, of those that these bounds choose
}

// curves answers from the buckets.
func (x *index) curves(generation string, w wanted) Curves {
	low, high := x.between(w.first, w.last)
	group := 1
	for (high-low+group-1)/group > max(w.points, 1) {
		group *= 2
	}
	low -= low % group // so that the same lines are together, wherever the part begins
	c := Curves{
		Generation: fmt.Sprintf("%s.%d.%d", generation, x.width*group, low),
		Width:      x.width * group, From: max(w.since, 0), Names: x.names,
		Columns: make([]Column, len(x.names)),
	}
	for begin := low + c.From*group; begin < high; begin += group {
		end := min(begin+group, len(x.spans))
		joined := join(x.spans[begin:end])
		c.Steps, c.Epochs = append(c.Steps, joined.last), append(c.Epochs, joined.epoch)
		for i := range c.Columns {
			var sum cell
			if i < len(x.cells) {
				for _, part := range x.cells[i][min(begin, len(x.cells[i])):min(end, len(x.cells[i]))] {
					sum.add(part)
				}
			}
			c.Columns[i].append(sum)
		}
	}
	return c
}

// between are the buckets that have steps of a part, from low up to but not including high.
func (x *index) between(first, last int64) (low, high int) {
	for low < len(x.spans) && x.spans[low].last < first {
		low++
	}
	high = low
	for high < len(x.spans) && x.spans[high].first <= last {
		high++
	}
	return low, high
}

func (c *Column) append(sum cell) {
	nan := float32(math.NaN())
	if sum.n == 0 {
		sum.min, sum.max = nan, nan
	}
	c.Mean = append(c.Mean, float32(sum.sum/float64(sum.n))) // NaN for none
	c.Min, c.Max = append(c.Min, sum.min), append(c.Max, sum.max)
}

// MarshalJSON returns {"generation", "width", "from", "more", "error", "steps", "epochs",
// "columns": {name: {"mean", "min", "max"}}}. What is missing is null; where a bucket is one line,
// least and largest values are left out, for they are the mean.
func (c Curves) MarshalJSON() ([]byte, error) {
	text := fmt.Appendf(nil, `{"generation":%q,"width":%d,"from":%d,"more":%t,"steps":`, c.Generation, c.Width,
		c.From, c.More)
	text = appendWhole(text, c.Steps)
	if c.Error != "" {
		text = appendString(append(text, `,"error":`...), c.Error)
	}
	text = append(text, `,"epochs":`...)
	text = appendWhole(text, c.Epochs)
	text = append(text, `,"columns":{`...)
	for i, name := range c.Names {
		if i > 0 {
			text = append(text, ',')
		}
		text = appendString(text, name)
		text = append(text, `:{"mean":`...)
		text = appendNumbers(text, c.Columns[i].Mean)
		if c.Width > 1 {
			text = append(text, `,"min":`...)
			text = appendNumbers(text, c.Columns[i].Min)
			text = append(text, `,"max":`...)
			text = appendNumbers(text, c.Columns[i].Max)
		}
		text = append(text, '}')
	}
	return append(text, "}}"...), nil
}

func appendString(text []byte, s string) []byte {
	quoted, _ := json.Marshal(s) // a string has no way to fail
	return append(text, quoted...)
}

func appendWhole(text []byte, values []int64) []byte {
	text = append(text, '[')
	for i, v := range values {
		if i > 0 {
			text = append(text, ',')
		}
		text = strconv.AppendInt(text, v, 10)
	}
	return append(text, ']')
}

func appendNumbers(text []byte, values []float32) []byte {
	text = append(text, '[')
	for i, v := range values {
		if i > 0 {
			text = append(text, ',')
		}
		if x := float64(v); math.IsNaN(x) || math.IsInf(x, 0) {
			text = append(text, "null"...)
		} else {
			text = strconv.AppendFloat(text, x, 'g', -1, 32)
		}
	}
	return append(text, ']')
}
