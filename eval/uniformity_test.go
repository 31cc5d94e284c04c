package eval

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/dino-go/dino/internal/testkit"
)

func slowUniformity(m Matrix, t float64) float64 {
	unit := m.Normalized()
	sum := 0.0
	for i := range unit.Rows {
		for j := range i {
			sum += math.Exp(-t * squaredEuclidean(unit.Row(i), unit.Row(j)))
		}
	}
	return math.Log(sum / (float64(m.Rows) * float64(m.Rows-1) / 2))
}

// The sizes lie on both sides of a block.
func TestUniformityAgreesWithDefinition(t *testing.T) {
	for _, rows := range []int{2, 31, 33, 300} {
		m := gaussian(uint64(rows), rows, 7)
		got := math.NaN()
		for _, workers := range []int{1, 2, 9} {
			u, err := Uniformity(context.Background(), m, 2, workers)
			if err != nil {
				t.Fatal(err)
			}
			if !math.IsNaN(got) && u != got {
				t.Errorf("%d rows: %d workers find %v, others %v", rows, workers, u, got)
			}
			got = u
		}
		if want := slowUniformity(m, 2); math.Abs(got-want) > 1e-5 {
			t.Errorf("%d rows: uniformity is %v, want %v", rows, got, want)
		}
	}
}

func TestUniformityOfKnownFeatures(t *testing.T) {
	identity := NewMatrix(5, 5)
	equal := NewMatrix(5, 5)
	for i := range 5 {
		identity.Row(i)[i] = float32(i + 1)
		equal.Row(i)[2] = float32(i + 1)
	}
	for _, test := range []struct {
		m    Matrix
		want float64
	}{{identity, -4}, {equal, 0}} {
		got, err := Uniformity(context.Background(), test.m, 2, 0)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(got-test.want) > 1e-6 {
			t.Errorf("uniformity is %v, want %v", got, test.want)
		}
	}
}

func TestUniformityRejects(t *testing.T) {
	_, err := Uniformity(context.Background(), gaussian(1, 1, 3), 2, 0)
	testkit.RequireError(t, err, "need at least two")
	_, err = Uniformity(context.Background(), gaussian(1, 5, 3), 0, 0)
	testkit.RequireError(t, err, "t is 0")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Uniformity(ctx, gaussian(1, 5, 3), 2, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want context.Canceled", err)
	}
}
