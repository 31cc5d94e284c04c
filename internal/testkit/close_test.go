package testkit

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// recorder is a testing.TB that keeps its errors.
type recorder struct {
	testing.TB
	messages []string
}

func (r *recorder) Helper() {}
func (r *recorder) Errorf(format string, args ...any) {
	r.messages = append(r.messages, fmt.Sprintf(format, args...))
}

func TestAllClose(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	tests := []struct {
		name      string
		got, want []float64
		tol       float64
		message   string // empty: close
	}{
		{"equal", []float64{1, 2}, []float64{1, 2}, 0, ""},
		{"at the bound", []float64{1.5}, []float64{1}, 0.5, ""},
		{"empty", nil, []float64{}, 0, ""},
		{"nan and inf equal themselves", []float64{nan, inf, -inf}, []float64{nan, inf, -inf}, 0, ""},
		{
			"worst of two",
			[]float64{1, 2, 5, 4},
			[]float64{1, 3, 3, 4},
			0.5,
			"x: 2 of 4 elements differ by more than 0.5; worst at [2]: got 5, want 3, difference 2",
		},
		{"length", []float64{1}, []float64{1, 2}, 9, "x: has 1 elements, want 2"},
		{"nan got", []float64{0, nan}, []float64{0, 1}, 9, "worst at [1]: got NaN, want 1, difference +Inf"},
		{"nan wanted", []float64{1}, []float64{nan}, 9, "got 1, want NaN"},
		{"opposite infinities", []float64{inf}, []float64{-inf}, 9, "got +Inf, want -Inf"},
		{"infinity got", []float64{inf}, []float64{1}, 9, "got +Inf, want 1"},
	}
	for _, test := range tests {
		var r recorder
		ok := AllClose(&r, "x", test.got, test.want, test.tol)
		message := strings.Join(r.messages, "\n")
		if ok != (test.message == "") || !strings.Contains(message, test.message) || (message == "") != ok {
			t.Errorf("%s: returned %v with message %q, want %q", test.name, ok, message, test.message)
		}
	}
}

func TestAccept(t *testing.T) {
	if got := Accept(Tolerance{MaxAbs: 1e-6, Scale: 3}); math.Abs(got-1.6e-5) > 1e-18 {
		t.Errorf("got %v, want 1.6e-5", got)
	}
}
