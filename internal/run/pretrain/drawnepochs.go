package pretrain

// Bounds of how often pictures are drawn.
const (
	mostDrawn  = 60   // times in a run
	leastDrawn = 8    // which a short run may take longer for
	drawnShare = 0.01 // of the computation of the run
)

// drawnEpochs are the numbers of epochs after which pictures are drawn: those that are scored, or
// all where none is; evenly thinned, with the first and the last, to what the run has time for.
func (in *inputs) drawnEpochs() []int {
	c := in.config
	every := 1
	if len(in.data.held) > 0 {
		every = max(1, c.KNN.EveryEpochs)
	}
	var due []int
	for epoch := every; epoch < c.Train.Epochs; epoch += every {
		due = append(due, epoch)
	}
	due = append(due, c.Train.Epochs)
	afforded := drawnShare * float64(c.Train.Epochs) * float64(len(in.data.train)) / in.drawingCost()
	n := min(len(due), mostDrawn, max(leastDrawn, int(afforded)))
	return spreadEnds(due, n)
}

// drawingCost is what the pictures of an epoch cost, in images that are trained on. An image that
// is decoded counts as a whole one, which is decoded, too.
func (in *inputs) drawingCost() float64 {
	followed := float64(in.config.Pictures.Images)
	cost := 2 * followed * forwardShare(in.config) // attention, beside what else is drawn of them
	if len(in.data.held) > 0 {
		return cost + followed*neighboursShown
	}
	return cost + float64(len(in.mapped(nil)))*forwardShare(in.config)
}

// spreadEnds are n of some numbers, evenly spread, with the first and the last.
func spreadEnds(of []int, n int) []int {
	if n < 2 {
		return of[len(of)-1:]
	}
	some := make([]int, n)
	for i := range some {
		some[i] = of[i*(len(of)-1)/(n-1)]
	}
	return some
}
