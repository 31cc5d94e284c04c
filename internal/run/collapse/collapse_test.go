package collapse

import (
	"math"
	"strings"
	"testing"

	"github.com/dino-go/dino/measure"
	"github.com/dino-go/dino/observe"
)

// prototypes is K of the runs here.
const prototypes = 4096

var logK = math.Log(prototypes)

// heard keeps the warnings.
type heard struct {
	observe.Nothing
	warnings []observe.Warning
}

func (h *heard) Warning(w observe.Warning) error {
	h.warnings = append(h.warnings, w)
	return nil
}

// watch gives a detector steps, and returns its warnings.
func watch(t *testing.T, steps int, at func(step int) measure.Values) []observe.Warning {
	t.Helper()
	var h heard
	d := New(&h)
	if err := d.Started(observe.Start{Prototypes: prototypes}); err != nil {
		t.Fatal(err)
	}
	for step := range steps {
		if err := d.Step(observe.Step{Number: step, Values: at(step)}); err != nil {
			t.Fatal(err)
		}
	}
	return h.warnings
}

func TestCollapseIsFoundOnceAfterItHasLasted(t *testing.T) {
	for _, test := range []struct {
		name   string
		r      measure.Values
		kind   string
		advice string
	}{
		{
			"uniform teacher",
			measure.Values{"loss": logK, "teacher_entropy": logK, "marginal_entropy": logK, "kl": 0},
			Uniform,
			"temperature_teacher",
		},
		{
			"one prototype for all",
			measure.Values{"teacher_entropy": 0.001, "marginal_entropy": 0.001, "max_prob": 1, "kl": 0},
			Shared,
			"center_momentum",
		},
		{
			"one prototype each",
			measure.Values{"teacher_entropy": 0.001, "marginal_entropy": 4, "max_prob": 1, "kl": 0},
			"", "",
		},
		{
			"near uniform but the student differs",
			measure.Values{"teacher_entropy": logK, "marginal_entropy": logK, "kl": 0.5},
			"",
			"",
		},
		{"healthy", measure.Values{"teacher_entropy": 3, "marginal_entropy": 6, "kl": 1}, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			found := watch(t, 3*lasting, func(int) measure.Values { return test.r })
			if test.kind == "" {
				if len(found) > 0 {
					t.Errorf("warned: %v", found)
				}
				return
			}
			if len(found) != 1 {
				t.Fatalf("%d warnings, want one", len(found))
			}
			w := found[0]
			if w.Name != Name || w.Kind != test.kind || w.Step != lasting-1 ||
				!strings.Contains(w.String(), test.advice) {
				t.Errorf("got %q %q after step %d, want %q after %d that names %s: %s", w.Name, w.Kind, w.Step,
					test.kind,
					lasting-1, test.advice, w)
			}
		})
	}
}

func TestCollapseMustLastWithoutABreak(t *testing.T) {
	uniform := measure.Values{"teacher_entropy": logK, "marginal_entropy": logK, "kl": 0}
	healthy := measure.Values{"teacher_entropy": 3, "marginal_entropy": 5, "kl": 1}
	found := watch(t, 10*lasting, func(step int) measure.Values {
		if step%(lasting-1) == 0 {
			return healthy
		}
		return uniform
	})
	if len(found) > 0 {
		t.Errorf("warned although healthy steps came between: %v", found)
	}
}
