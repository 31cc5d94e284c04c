package augment

// floats is Into for an image that is rescaled before it is resized, without rounding in between:
// columns first, then rows, in float32 (ATen's separable upsampling of floating point tensors).
func (p *Preparer) floats(dst []float32, img *Image) {
	height, width := p.resized(img.Height, img.Width)
	columns, rows := p.floatAxis(img.Width, width), p.floatAxis(img.Height, height)
	top, left := p.offset(height, p.Height), p.offset(width, p.Width)
	scale := float32(p.scale())
	plane := make([]float32, img.Height*width)
	for c := range channels {
		for y := range img.Height {
			row := img.row(y)
			for x := range width {
				plane[y*width+x] = columns.mix(x, func(i int) float32 {
					return float32(float32(row[channels*i+c]) * scale)
				})
			}
		}
		mean, std := float32(p.Mean[c]), float32(p.Std[c])
		for y := range p.Height {
			for x := range p.Width {
				fromY, fromX, v := y+top, x+left, float32(0)
				if fromY >= 0 && fromY < height && fromX >= 0 && fromX < width {
					v = rows.mix(fromY, func(i int) float32 { return plane[i*width+fromX] })
				}
				dst[(c*p.Height+y)*p.Width+x] = (v - mean) / std
			}
		}
	}
}

// floatAxis holds the weights of one axis; none where it keeps its length.
type floatAxis struct {
	first, count []int
	weight       []float32
	taps         int
}

func (p *Preparer) floatAxis(in, out int) floatAxis {
	if in == out {
		return floatAxis{}
	}
	if p.Interpolation == Nearest {
		a := floatAxis{first: nearestOfTensor(in, out), count: make([]int, out), weight: make([]float32, out), taps: 1}
		for i := range out {
			a.count[i], a.weight[i] = 1, 1
		}
		return a
	}
	raw, first, count := tensorWeights(in, out, p.Interpolation)
	a := floatAxis{first: first, count: count, weight: make([]float32, len(raw)), taps: len(raw) / out}
	for i, w := range raw {
		a.weight[i] = float32(w)
	}
	return a
}

// mix is output i of the axis.
func (a floatAxis) mix(i int, at func(i int) float32) float32 {
	if a.first == nil {
		return at(i)
	}
	sum := float32(0)
	for j, w := range a.weight[i*a.taps:][:a.count[i]] {
		sum += float32(w * at(a.first[i]+j))
	}
	return sum
}
