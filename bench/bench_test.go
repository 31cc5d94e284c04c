package main

import (
	"strings"
	"testing"
	"time"

	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/internal/backend"
	"github.com/dino-go/dino/internal/testkit/pythontest"
)

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		of   []float64
		want float64
	}{{[]float64{3}, 3}, {[]float64{5, 1}, 3}, {[]float64{9, 1, 2}, 2}, {[]float64{4, 1, 8, 2}, 3}} {
		if got := median(c.of); got != c.want {
			t.Errorf("median(%v) = %g, want %g", c.of, got, c.want)
		}
	}
}

// A ratio is of turns that lie next to each other, not of the medians of the columns.
func TestRows(t *testing.T) {
	p := pairs{
		mode:   "eager",
		engine: []time.Duration{time.Second, 2 * time.Second, 4 * time.Second},
		peer:   []time.Duration{3 * time.Second, 2 * time.Second, 6 * time.Second},
	}
	want := "| step | float32 | 2 s (1 to 4) | eager | 3 s (2 to 6) | **1.50** (1.00 to 3.00) |\n"
	if got := (measured{p}).rows("step", "float32"); got != want {
		t.Errorf("got  %s want %s", got, want)
	}
	alone := pairs{engine: []time.Duration{20 * time.Millisecond}}
	if got, want := (measured{alone}).rows("step",
		"float32"), "| step | float32 | 20 ms (20 to 20) | | | |\n"; got != want {
		t.Errorf("got  %s want %s", got, want)
	}
}

func TestBadOptions(t *testing.T) {
	for arg, message := range map[string]string{
		"-turns=0":           "-turns is 0: must be at least 1",
		"-work=(":            "-work: error parsing regexp",
		"-precision=float16": `-precision is "float16": must be float32 or bfloat16`,
	} {
		if _, err := parse([]string{arg}); err == nil || !strings.Contains(err.Error(), message) {
			t.Errorf("%s: %v, want %q", arg, err, message)
		}
	}
}

// TestTurns measures the smallest work on both sides once. The figures mean nothing here.
func TestTurns(t *testing.T) {
	python := pythontest.Find(t, "torch", "timm")
	engine, err := backend.Open("cpu")
	if err != nil {
		t.Fatal(err)
	}
	other, err := startPeer(python, 2, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range works {
		if !w.small {
			continue
		}
		o := options{modes: []string{"eager"}, turns: 1}
		m, err := measure(t.Context(), &o, engine, other, w, distill.BFloat16)
		if err != nil {
			t.Fatal(err)
		}
		if len(m) != 1 || len(m[0].engine) != 1 || len(m[0].peer) != 1 || m[0].engine[0] <= 0 || m[0].peer[0] <= 0 {
			t.Errorf("%s: %+v", w.name, m)
		}
	}
	if err := other.prepare("nothing"); err == nil || !strings.Contains(err.Error(), "the peer: KeyError: 'nothing'") {
		t.Errorf("unknown work: %v", err)
	}
	if err := other.close(); err != nil {
		t.Error(err)
	}
}
