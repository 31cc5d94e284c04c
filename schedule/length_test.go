package schedule

import (
	"strings"
	"testing"
)

func TestLength(t *testing.T) {
	run := Run{Epochs: 20, StepsPerEpoch: 73, Batch: 128}
	tests := []struct {
		text, canonical string
		steps           int
	}{
		{"0", "0", 0},
		{"10 epochs", "10 epochs", 730},
		{"1 epoch", "1 epoch", 73},
		{"0.5 epochs", "0.5 epochs", 36},
		{"1250 steps", "1250 steps", 1250},
		{"1 step", "1 step", 1},
		{"1%", "1%", 14},
		{"12.5 %", "12.5%", 182},
		{"3epochs", "3 epochs", 219},
		{"0 steps", "0 steps", 0},
	}
	for _, test := range tests {
		l, err := ParseLength(test.text)
		if err != nil {
			t.Error(err)
			continue
		}
		if got := l.String(); got != test.canonical {
			t.Errorf("%q: written %q, want %q", test.text, got, test.canonical)
		}
		if got := l.In(run); got != test.steps {
			t.Errorf("%q: %d steps, want %d", test.text, got, test.steps)
		}
		if again, err := ParseLength(l.String()); err != nil || again != l {
			t.Errorf("%q: read again it is %v, %v", test.text, again, err)
		}
	}
}

func TestLengthErrors(t *testing.T) {
	for _, text := range []string{
		"", "10", "epochs", "-1 epochs", "1.5 steps", "10 days", "Inf epochs", "NaN%",
		"1e400 steps", "5 % steps", "1 Epoch", "010 epochs", "0x1p4 steps", "1_0 epochs", "1e3 steps", "+1 epochs",
		"-0", "3000000000 steps",
	} {
		if l, err := ParseLength(text); err == nil || !strings.Contains(err.Error(), "must be a length") {
			t.Errorf("%q: got %v and error %v", text, l, err)
		}
	}
}
