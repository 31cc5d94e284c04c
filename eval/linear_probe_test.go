package eval

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dino-go/dino/internal/testkit"
)

// slowProbe trains one classifier in float64 as the definition reads, from the
// same weights and in the same order, and returns its weights.
func slowProbe(p LinearProbe, f Features, classes int, rate,
	decay float64,
) (w [][]float64, bias []float64, loss float64) {
	rng := rand.New(rand.NewPCG(p.Seed, 0))
	w, vw := make([][]float64, classes), make([][]float64, classes)
	bias, vb := make([]float64, classes), make([]float64, classes)
	for c := range w {
		w[c], vw[c] = make([]float64, f.Cols), make([]float64, f.Cols)
		for j := range w[c] {
			w[c][j] = 0.01 * rng.NormFloat64()
		}
	}
	for epoch := range p.Epochs {
		lr := rate * float64(p.BatchSize) / 256 * (1 + math.Cos(math.Pi*float64(epoch)/float64(p.Epochs))) / 2
		order := rand.New(rand.NewPCG(p.Seed, uint64(epoch)+1)).Perm(f.Rows)
		loss = 0
		for first := 0; first < f.Rows; first += p.BatchSize {
			rows := order[first:min(first+p.BatchSize, f.Rows)]
			gw, gb := make([][]float64, classes), make([]float64, classes)
			for c := range gw {
				gw[c] = make([]float64, f.Cols)
			}
			for _, row := range rows {
				probability := make([]float64, classes)
				sum := 0.0
				for c := range w {
					z := bias[c]
					for j, x := range f.Row(row) {
						z += w[c][j] * float64(x)
					}
					probability[c] = math.Exp(z)
					sum += probability[c]
				}
				loss -= math.Log(probability[f.Labels[row]]/sum) / float64(f.Rows)
				for c := range w {
					g := probability[c] / sum
					if c == f.Labels[row] {
						g--
					}
					gb[c] += g / float64(len(rows))
					for j, x := range f.Row(row) {
						gw[c][j] += g * float64(x) / float64(len(rows))
					}
				}
			}
			for c := range w {
				for j := range w[c] {
					vw[c][j] = p.Momentum*vw[c][j] + gw[c][j] + decay*w[c][j]
					w[c][j] -= lr * vw[c][j]
				}
				vb[c] = p.Momentum*vb[c] + gb[c] + decay*bias[c]
				bias[c] -= lr * vb[c]
			}
		}
	}
	return w, bias, loss
}

// Classes and columns lie on both sides of the tiles, and the last batch is
// short.
func TestLinearProbeAgreesWithDefinition(t *testing.T) {
	for _, shape := range []struct{ classes, cols, batch int }{{3, 5, 7}, {9, 40, 33}, {8, 32, 100}} {
		f := clusters(rand.New(rand.NewPCG(6, 6)), 75, shape.cols, shape.classes, 1)
		p := LinearProbe{
			LearningRates: []float64{0.01, 1}, WeightDecays: []float64{0, 0.05},
			Momentum: 0.9, Epochs: 3, BatchSize: shape.batch, Seed: 4,
		}
		scores, err := p.Score(context.Background(), f, f)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range [][2]float64{{0.01, 0}, {0.01, 0.05}, {1, 0}, {1, 0.05}} {
			s := scores[i]
			if s.LearningRate != want[0] || s.WeightDecay != want[1] {
				t.Fatalf("score %d is of %v, %v, want %v", i, s.LearningRate, s.WeightDecay, want)
			}
			w, bias, loss := slowProbe(p, f, shape.classes, s.LearningRate, s.WeightDecay)
			testkit.AllClose(t, "loss", []float64{s.TrainLoss}, []float64{loss}, 1e-4*(1+loss))
			for c := range w {
				testkit.AllClose(t, "bias", []float64{float64(s.Classifier.Bias[c])}, bias[c:c+1], 1e-3)
				for j, v := range w[c] {
					testkit.AllClose(t, "weight", []float64{float64(s.Classifier.Weight.Row(c)[j])}, []float64{v}, 1e-3)
				}
			}
		}
	}
}

func TestLinearProbeLearns(t *testing.T) {
	train := clusters(rand.New(rand.NewPCG(1, 7)), 300, 12, 4, 0.8)
	test := clusters(rand.New(rand.NewPCG(2, 7)), 100, 12, 4, 0.8)
	p := DefaultLinearProbe()
	p.Epochs = 20
	scores, err := p.Score(context.Background(), train, test)
	if err != nil {
		t.Fatal(err)
	}
	best := scores[BestProbe(scores)]
	if best.Top1 < 95 || best.Queries != 100 || best.Top5 != 100 {
		t.Errorf("the best probe has %+v, want nearly all right", best.Accuracy)
	}
	for _, s := range scores {
		if s.Correct1 > best.Correct1 {
			t.Errorf("%v, %v is better than the best", s.LearningRate, s.WeightDecay)
		}
	}
}

func TestLinearProbeIsTheSameForAnyNumberOfWorkers(t *testing.T) {
	f := clusters(rand.New(rand.NewPCG(1, 8)), 90, 10, 3, 2)
	p := DefaultLinearProbe()
	p.Epochs, p.Workers = 3, 1
	one, err := p.Score(context.Background(), f, f)
	if err != nil {
		t.Fatal(err)
	}
	p.Workers = 7
	seven, err := p.Score(context.Background(), f, f)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(one, seven); diff != "" {
		t.Errorf("7 workers differ from 1:\n%s", diff)
	}
}

// The features of each epoch are those that the source gave.
func TestLinearProbeAugmented(t *testing.T) {
	f := clusters(rand.New(rand.NewPCG(1, 9)), 40, 6, 2, 0.5)
	var asked []int
	source := func(_ context.Context, epoch int) (Features, error) {
		asked = append(asked, epoch)
		if epoch == 2 {
			return Features{}, errors.New("disk is gone")
		}
		return f, nil
	}
	p := DefaultLinearProbe()
	_, err := p.ScoreEpochs(context.Background(), source, f)
	testkit.RequireError(t, err, "features of epoch 2: disk is gone")
	if len(asked) != 3 {
		t.Errorf("asked for epochs %v, want 0 to 2", asked)
	}
	changing := func(_ context.Context, epoch int) (Features, error) {
		if epoch == 1 {
			return clusters(rand.New(rand.NewPCG(1, 9)), 41, 6, 2, 0.5), nil
		}
		return f, nil
	}
	_, err = p.ScoreEpochs(context.Background(), changing, f)
	testkit.RequireError(t, err, "features of epoch 1 are [41, 6], those of epoch 0 [40, 6]")
}

// A setting that is far too large is told, and does not touch the others.
func TestLinearProbeDivergence(t *testing.T) {
	f := clusters(rand.New(rand.NewPCG(1, 10)), 64, 6, 3, 0.5)
	p := LinearProbe{
		LearningRates: []float64{3}, WeightDecays: []float64{0, 1e10}, Momentum: 0.9, Epochs: 8,
		BatchSize: 16,
	}
	scores, err := p.Score(context.Background(), f, f)
	if err != nil {
		t.Fatal(err)
	}
	if s := scores[0]; s.Diverged || s.Top1 < 90 {
		t.Errorf("without weight decay: %+v, want an accuracy above 90 %%", s.Accuracy)
	}
	if s := scores[1]; !s.Diverged || s.Correct1 != 0 || s.Queries != 64 {
		t.Errorf("with a weight decay of 1e10: diverged %v, %+v, want a divergence and nothing right", s.Diverged,
			s.Accuracy)
	}
}

func TestLinearProbeRejects(t *testing.T) {
	good := clusters(rand.New(rand.NewPCG(1, 11)), 10, 4, 2, 1)
	oneClass := Features{Matrix: good.Matrix, Labels: make([]int, 10)}
	with := func(change func(*LinearProbe)) LinearProbe { p := DefaultLinearProbe(); change(&p); return p }
	keep := func(*LinearProbe) {}
	for _, test := range []struct {
		probe       LinearProbe
		train, test Features
		want        string
	}{
		{with(keep), oneClass, good, "all 10 training labels are class 0"},
		{with(keep), good, Features{}, "test features are [0, 0]"},
		{with(keep), Features{Matrix: good.Matrix}, good, "10 rows but 0 labels"},
		{with(func(p *LinearProbe) { p.LearningRates = nil }), good, good, "0 learning rates"},
		{with(func(p *LinearProbe) { p.LearningRates = []float64{-1} }), good, good, "learning rate is -1"},
		{with(func(p *LinearProbe) { p.WeightDecays = []float64{math.NaN()} }), good, good, "weight decay is NaN"},
		{with(func(p *LinearProbe) { p.Momentum = 1 }), good, good, "momentum is 1"},
		{with(func(p *LinearProbe) { p.Epochs = 0 }), good, good, "0 epochs"},
		{with(func(p *LinearProbe) { p.BatchSize = 0 }), good, good, "batch size is 0"},
	} {
		_, err := test.probe.Score(context.Background(), test.train, test.test)
		testkit.RequireError(t, err, test.want)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := DefaultLinearProbe().Score(ctx, good, good); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want context.Canceled", err)
	}
}

func BenchmarkLinearProbeEpoch(b *testing.B) {
	f := clusters(rand.New(rand.NewPCG(1, 12)), 2000, 384, 10, 1)
	p := DefaultLinearProbe()
	t := p.newTraining(f)
	for b.Loop() {
		if err := t.epoch(context.Background(), 0, f); err != nil {
			b.Fatal(err)
		}
	}
	flops := 4 * float64(f.Rows) * float64(f.Cols) * 10 * float64(len(t.probes))
	b.ReportMetric(flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
}
