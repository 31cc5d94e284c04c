package trainer

import (
	"math"
	"strings"
	"testing"

	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/measure"
)

// numbers are those that the detector looks at.
func numbers(loss, entropy, marginal, kl float64) measure.Values {
	return measure.Values{
		distill.Loss.Name: loss, distill.TeacherEntropy.Name: entropy, distill.MarginalEntropy.Name: marginal,
		distill.KL.Name: kl,
	}
}

func TestCollapseIsFoundOnceAfterItHasLasted(t *testing.T) {
	logK := math.Log(4096)
	for _, test := range []struct {
		name   string
		m      measure.Values
		kind   string
		advice string
	}{
		{"uniform teacher", numbers(logK, logK, logK, 0), collapseUniform, "temperature_teacher"},
		{
			"one prototype for all",
			numbers(0.001, 0.001, 0.001, 0),
			collapseShared,
			"center_momentum",
		},
		{"one prototype each", numbers(0.001, 0.001, 4, 0), "", ""},
		{"near uniform but the student differs", numbers(logK+0.5, logK, logK, 0.5), "", ""},
		{"healthy", numbers(4, 3, 6, 1), "", ""},
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
	uniform, healthy := numbers(5, 5, 5, 0), numbers(4, 3, 5, 1)
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
