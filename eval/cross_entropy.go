package eval

import "math"

// crossEntropy turns logits [classes, stride] of the samples with the given
// labels into the gradient of the summed cross-entropy, softmax − one-hot, and
// returns that sum, −Σ ln softmax(logits)[label].
func crossEntropy(logits []float32, classes, stride int, labels []int) float64 {
	loss := 0.0
	p := make([]float64, classes)
	for sample, label := range labels {
		most := math.Inf(-1)
		for class := range p {
			p[class] = float64(logits[class*stride+sample])
			most = max(most, p[class])
		}
		sum := 0.0
		own := p[label]
		for class, v := range p {
			p[class] = math.Exp(v - most)
			sum += p[class]
		}
		loss += math.Log(sum) + most - own
		for class, v := range p {
			logits[class*stride+sample] = float32(v / sum)
		}
		logits[label*stride+sample] = float32((p[label] - sum) / sum)
	}
	return loss
}
