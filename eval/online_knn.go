package eval

import (
	"context"
	"fmt"
	"math"
)

// Distance names how OnlineKNN measures how far apart two rows are.
type Distance string

const (
	Euclidean        Distance = "euclidean"         // √Σ(aᵢ−bᵢ)²
	SquaredEuclidean Distance = "squared_euclidean" // Σ(aᵢ−bᵢ)²
	Manhattan        Distance = "manhattan"         // Σ|aᵢ−bᵢ|
	Cosine           Distance = "cosine"            // 1 − a·b/(‖a‖‖b‖)
)

// OnlineKNN is the classifier that stable-pretraining runs during training.
// Of the min(K, n) training rows nearest to a test row, each gives its class
// the vote 1/(distance + Temperature). Features are taken as they are, not
// normalised, so its numbers are not comparable with those of [KNN], which is
// the one to report; this one is for comparing with runs of that library.
type OnlineKNN struct {
	K           int
	Temperature float64
	Distance    Distance
	Workers     int // goroutines; 0 means one a core
}

// OnlineKNNScore is what OnlineKNN finds.
type OnlineKNNScore struct {
	Neighbours  int     // that voted: min(K, training rows)
	Votes       Matrix  // [test rows, classes]
	Predictions []int   // [test rows], the class with the largest vote, the smallest among equals
	Accuracy    float64 // share of test rows predicted rightly, 0 to 1
}

// Score classifies the test features by the training features. It fails like
// [KNN.Score], and on an unknown distance.
func (c OnlineKNN) Score(ctx context.Context, train, test Features) (OnlineKNNScore, error) {
	classes, err := checkPair(train, test)
	if err != nil {
		return OnlineKNNScore{}, err
	}
	distance, err := c.check()
	if err != nil {
		return OnlineKNNScore{}, err
	}
	score := OnlineKNNScore{
		Neighbours:  min(c.K, train.Rows),
		Votes:       NewMatrix(test.Rows, classes),
		Predictions: make([]int, test.Rows),
	}
	err = parallel(ctx, c.Workers, test.Rows, func() func(int) {
		var best nearest
		votes := make([]float64, classes)
		return func(q int) {
			best.reset(score.Neighbours)
			for i := range train.Rows {
				best.add(i, -distance(test.Row(q), train.Row(i)))
			}
			clear(votes)
			for _, n := range best.sorted() {
				votes[train.Labels[n.Row]] += 1 / (-n.Score + c.Temperature)
			}
			for class, v := range votes {
				score.Votes.Row(q)[class] = float32(v)
			}
			score.Predictions[q] = winner(votes)
		}
	})
	if err != nil {
		return OnlineKNNScore{}, fmt.Errorf("eval: online k-NN: %w", err)
	}
	correct := 0
	for q, class := range score.Predictions {
		if class == test.Labels[q] {
			correct++
		}
	}
	score.Accuracy = float64(correct) / float64(test.Rows)
	return score, nil
}

// check reports settings that are out of range and returns the distance.
func (c OnlineKNN) check() (func(a, b []float32) float64, error) {
	if c.K < 1 {
		return nil, fmt.Errorf("eval: online k-NN: number of neighbours is %d: must be at least 1", c.K)
	}
	if !(c.Temperature > 0) || math.IsInf(c.Temperature, 0) {
		return nil, fmt.Errorf("eval: online k-NN: temperature is %v: must be positive and finite", c.Temperature)
	}
	switch c.Distance {
	case Euclidean:
		return func(a, b []float32) float64 { return math.Sqrt(squaredEuclidean(a, b)) }, nil
	case SquaredEuclidean:
		return squaredEuclidean, nil
	case Manhattan:
		return manhattan, nil
	case Cosine:
		return cosineDistance, nil
	}
	return nil, fmt.Errorf("eval: online k-NN: distance is %q: must be %s, %s, %s or %s",
		c.Distance, Euclidean, SquaredEuclidean, Manhattan, Cosine)
}

// squaredEuclidean returns Σ(aᵢ−bᵢ)². Four sums run side by side.
func squaredEuclidean(a, b []float32) float64 {
	b = b[:len(a)]
	var s0, s1, s2, s3 float64
	i := 0
	for ; i+4 <= len(a); i += 4 {
		x, y := a[i:i+4:i+4], b[i:i+4:i+4]
		d0, d1 := float64(x[0])-float64(y[0]), float64(x[1])-float64(y[1])
		d2, d3 := float64(x[2])-float64(y[2]), float64(x[3])-float64(y[3])
		s0 += d0 * d0
		s1 += d1 * d1
		s2 += d2 * d2
		s3 += d3 * d3
	}
	for ; i < len(a); i++ {
		d := float64(a[i]) - float64(b[i])
		s0 += d * d
	}
	return (s0 + s1) + (s2 + s3)
}

func manhattan(a, b []float32) float64 {
	sum := 0.0
	for i, v := range a {
		sum += math.Abs(float64(v) - float64(b[i]))
	}
	return sum
}

func cosineDistance(a, b []float32) float64 {
	norms := max(math.Sqrt(dot64(a, a)), normalizeEps) * max(math.Sqrt(dot64(b, b)), normalizeEps)
	return max(0, 1-dot64(a, b)/norms)
}
