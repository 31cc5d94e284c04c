package eval

import (
	"context"
	"errors"
	"math"
	"sort"
	"testing"

	"github.com/dino-go/dino/internal/testkit"
)

// slowPropagation computes one frame's labels from all context frames.
func slowPropagation(p LabelPropagation, rows, cols int, frames, labels []Matrix, target Matrix) Matrix {
	type source struct {
		frame, patch int
		cosine       float64
	}
	out := NewMatrix(target.Rows, labels[0].Cols)
	for i := range target.Rows {
		var sources []source
		for f, frame := range frames {
			for j := range frame.Rows {
				down, right := math.Abs(float64(i/cols-j/cols)), math.Abs(float64(i%cols-j%cols))
				if p.Radius == 0 || max(down, right) <= float64(p.Radius) {
					sources = append(sources, source{f, j, 1 - cosineDistance(target.Row(i), frame.Row(j))})
				}
			}
		}
		sort.SliceStable(sources, func(a, b int) bool { return sources[a].cosine > sources[b].cosine })
		sources = sources[:min(p.K, len(sources))]
		sum := 0.0
		for _, s := range sources {
			sum += math.Exp(s.cosine / p.Temperature)
		}
		for _, s := range sources {
			for c, v := range labels[s.frame].Row(s.patch) {
				out.Row(i)[c] += float32(math.Exp(s.cosine/p.Temperature) / sum * float64(v))
			}
		}
	}
	return out
}

func TestLabelPropagationAgreesWithDefinition(t *testing.T) {
	const rows, cols = 6, 9
	for _, radius := range []int{0, 2} {
		p := LabelPropagation{K: 3, Frames: 2, Temperature: 0.1, Radius: radius}
		var frames, labels []Matrix
		first := NewLabelMap(cols, rows)
		for i := range first.Labels {
			first.Labels[i] = uint8(i % 3)
		}
		hot, err := first.OneHot(3)
		if err != nil {
			t.Fatal(err)
		}
		frames, labels = append(frames, gaussian(20, rows*cols, 4)), append(labels, hot)
		tracker, err := p.Start(rows, cols, frames[0], hot)
		if err != nil {
			t.Fatal(err)
		}
		for f := range 5 {
			target := gaussian(uint64(30+f), rows*cols, 4)
			got, err := tracker.Next(context.Background(), target)
			if err != nil {
				t.Fatal(err)
			}
			want := slowPropagation(p, rows, cols, frames, labels, target)
			testkit.AllClose(t, "labels", got.Data, want.Data, 1e-5)
			frames, labels = append(frames, target), append(labels, got)
			if len(frames) > 3 { // the first and the last two
				frames, labels = append(frames[:1:1], frames[2:]...), append(labels[:1:1], labels[2:]...)
			}
		}
	}
}

// A patch with a feature of its own moves one column a frame.
func TestLabelPropagationFollowsAnObject(t *testing.T) {
	const rows, cols = 4, 8
	frame := func(at int) (Matrix, LabelMap) {
		m, truth := NewMatrix(rows*cols, 3), NewLabelMap(cols, rows)
		for i := range rows * cols {
			m.Row(i)[0], m.Row(i)[1] = 1, 0.01*float32(i)
			if i == 2*cols+at {
				m.Row(i)[0], m.Row(i)[2] = 0, 1
				truth.Labels[i] = 1
			}
		}
		return m, truth
	}
	features, truth := frame(0)
	hot, err := truth.OneHot(2)
	if err != nil {
		t.Fatal(err)
	}
	tracker, err := LabelPropagation{K: 1, Frames: 3, Temperature: 0.1, Radius: 1}.Start(rows, cols, features, hot)
	if err != nil {
		t.Fatal(err)
	}
	predicted, want := []LabelMap{truth}, []LabelMap{truth}
	for at := 1; at < cols; at++ {
		features, truth := frame(at)
		labels, err := tracker.Next(context.Background(), features)
		if err != nil {
			t.Fatal(err)
		}
		m, err := Segment(labels, rows, cols, 1, cols, rows)
		if err != nil {
			t.Fatal(err)
		}
		predicted, want = append(predicted, m), append(want, truth)
	}
	score, err := ScoreVideo(predicted, want)
	if err != nil {
		t.Fatal(err)
	}
	if score.J != 1 || score.F != 1 {
		t.Errorf("score is %+v, want all right", score)
	}
}

func TestLabelPropagationRejects(t *testing.T) {
	features, labels := gaussian(1, 6, 3), NewMatrix(6, 2)
	p := DefaultLabelPropagation()
	with := func(change func(*LabelPropagation)) LabelPropagation { q := p; change(&q); return q }
	for _, test := range []struct {
		p                LabelPropagation
		features, labels Matrix
		want             string
	}{
		{with(func(p *LabelPropagation) { p.K = 0 }), features, labels, "0 similar patches"},
		{with(func(p *LabelPropagation) { p.Radius = -1 }), features, labels, "radius -1"},
		{with(func(p *LabelPropagation) { p.Temperature = 0 }), features, labels, "temperature is 0"},
		{p, gaussian(1, 5, 3), labels, "5 patch features for a grid of 2×3"},
		{p, features, NewMatrix(5, 2), "5 labels for a grid of 2×3"},
		{p, features, Matrix{}, "label features are [0, 0]"},
	} {
		_, err := test.p.Start(2, 3, test.features, test.labels)
		testkit.RequireError(t, err, test.want)
	}
	tracker, err := p.Start(2, 3, features, labels)
	if err != nil {
		t.Fatal(err)
	}
	_, err = tracker.Next(context.Background(), gaussian(1, 6, 4))
	testkit.RequireError(t, err, "patch features have 4 columns, those of the first frame 3")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := tracker.Next(ctx, features); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want context.Canceled", err)
	}
}

func TestFrameSize(t *testing.T) {
	for _, test := range [][4]int{
		{854, 480, 832, 480},
		{480, 854, 480, 832},
		{1920, 1080, 832, 480},
		{500, 500, 448, 480},
	} {
		width, height, err := FrameSize(test[0], test[1], 480)
		if err != nil {
			t.Fatal(err)
		}
		if width != test[2] || height != test[3] {
			t.Errorf("%d×%d becomes %d×%d, want %d×%d", test[0], test[1], width, height, test[2], test[3])
		}
	}
	_, _, err := FrameSize(0, 5, 480)
	testkit.RequireError(t, err, "0×5 pixels")
	_, _, err = FrameSize(5, 5, 63)
	testkit.RequireError(t, err, "the side at least 64")
}
