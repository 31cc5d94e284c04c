package trainer

import (
	"math"
	"strings"
	"testing"
)

func TestCollapseIsFoundOnceAfterItHasLasted(t *testing.T) {
	logK := math.Log(4096)
	for _, test := range []struct {
		name   string
		m      metrics
		kind   string
		advice string
	}{
		{"uniform teacher", metrics{loss: logK, entropy: logK, marginal: logK}, collapseUniform, "temperature_teacher"},
		{
			"one prototype for all",
			metrics{entropy: 0.001, marginal: 0.001, maxProb: 1},
			collapseShared,
			"center_momentum",
		},
		{"one prototype each", metrics{entropy: 0.001, marginal: 4, maxProb: 1}, "", ""},
		{"near uniform but the student differs", metrics{entropy: logK, marginal: logK, kl: 0.5}, "", ""},
		{"healthy", metrics{entropy: 3, marginal: 6, kl: 1}, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := collapse{logK: logK}
			var found []int
			for step := range 3 * collapseSteps {
				kind := c.observe(test.m)
				if kind == "" {
					continue
				}
				if kind != test.kind {
					t.Fatalf("step %d: found %q, want %q", step, kind, test.kind)
				}
				if text := c.advice(kind, test.m); !strings.Contains(text, test.advice) {
					t.Errorf("advice %q does not name %s", text, test.advice)
				}
				found = append(found, step)
			}
			if want := test.kind != ""; (len(found) == 1 && found[0] == collapseSteps-1) != want ||
				(!want && len(found) > 0) {
				t.Errorf("found after steps %v, want once after %d: %t", found, collapseSteps, want)
			}
		})
	}
}

func TestCollapseMustLastWithoutABreak(t *testing.T) {
	c := collapse{logK: 5}
	uniform, healthy := metrics{entropy: 5, marginal: 5}, metrics{entropy: 3, marginal: 5, kl: 1}
	for step := range 10 * collapseSteps {
		m := uniform
		if step%(collapseSteps-1) == 0 {
			m = healthy
		}
		if kind := c.observe(m); kind != "" {
			t.Fatalf("step %d: found %q although a healthy step came between", step, kind)
		}
	}
}
