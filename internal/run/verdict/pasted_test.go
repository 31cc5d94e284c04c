package verdict_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/dino-go/dino/internal/run/config"
	"github.com/dino-go/dino/internal/run/verdict"
	"github.com/dino-go/dino/measure"
	"github.com/dino-go/dino/observe"
)

// What every finding advises is a piece of a command line that works as it stands: the reader of
// configurations accepts all settings together, and a shell changes none of them.
func TestAdviceCanBePasted(t *testing.T) {
	plain := regexp.MustCompile(`^[a-z0-9_.]+=[A-Za-z0-9_.%-]+$`)
	advised := map[verdict.Kind]bool{}
	for name, findings := range everyFinding() {
		for _, f := range findings {
			var set []string
			for _, a := range f.Advice {
				set = append(set, a.Option+"="+a.Value)
				if s := set[len(set)-1]; !plain.MatchString(s) {
					t.Errorf("%s: a shell would read %q otherwise", f.Kind, s)
				}
			}
			if len(set) == 0 {
				continue
			}
			advised[f.Kind] = true
			s := config.Sources{Set: append([]string{`data.dir="photos"`}, set...)}
			if _, err := config.Load(s, config.Facts{Images: 2000, ShortSide: 200, Cores: 4}); err != nil {
				t.Errorf("%s (%s): %v is not accepted: %v", f.Kind, name, set, err)
			}
			if text := f.String(); !strings.Contains(text, "set "+strings.Join(set, " and ")) ||
				strings.Contains(text, "--") {
				t.Errorf("%s says %q", f.Kind, text)
			}
		}
	}
	if len(advised) < 18 {
		t.Errorf("only %d kinds gave advice: %v", len(advised), advised)
	}
}

// everyFinding is what judges say of runs that are wrong in every way that brings advice.
func everyFinding() map[string][]verdict.Finding {
	suited := verdict.Facts{
		Images: 2000, Batch: 32, MicroBatch: 32, Views: 2, Steps: 2000, StepsPerEpoch: 40, Prototypes: 1024, Width: 192,
		TemperatureStudent: 0.1, TemperatureTeacher: 0.04, Centering: true, CenterMomentum: 0.9, TeacherDrift: 10,
		RateWarmup: 100, Rate: 0.001, InitStd: 0.04, Options: map[string]string{},
		Suggested: verdict.Suggested{
			Prototypes: 1024, Batch: 32, Rate: 0.001, InitStd: 0.04, TemperatureTeacher: 0.02, Momentum: 0.99,
		},
	}
	found := map[string][]verdict.Finding{}
	for name, change := range map[string]func(*verdict.Facts){
		"as suited": func(*verdict.Facts) {}, "hot": func(f *verdict.Facts) { f.TemperatureTeacher = 0.3 },
		"cold":           func(f *verdict.Facts) { f.TemperatureTeacher = 0.001 },
		"soft":           func(f *verdict.Facts) { f.TemperatureStudent = 10 },
		"center off":     func(f *verdict.Facts) { f.CenterMomentum = 1 },
		"K many":         func(f *verdict.Facts) { f.Prototypes = 1 << 20 },
		"K few":          func(f *verdict.Facts) { f.Prototypes = 2 },
		"batch":          func(f *verdict.Facts) { f.Batch = 1 },
		"short":          func(f *verdict.Facts) { f.Steps, f.TeacherDrift = 40, 0.001 },
		"frozen head":    func(f *verdict.Facts) { f.FrozenLastLayer = f.Steps },
		"frozen teacher": func(f *verdict.Facts) { f.TeacherDrift = 0 },
		"init":           func(f *verdict.Facts) { f.InitStd = 0.0001 },
		"rate":           func(f *verdict.Facts) { f.Rate = 1 },
	} {
		for kind, values := range map[string]measure.Values{
			"uniform":   {"teacher_entropy": 6.93, "marginal_entropy": 6.93},
			"one":       {"teacher_entropy": 0, "marginal_entropy": 0},
			"identical": {"momentum": 0.1}, "large": {"update_size": 0.05}, "small": {"update_size": 1e-9},
			"decay": {"weight_decay": 10, "lr": 1}, "waits": {"data_wait": 0.9}, "flat": {"target_gain": 0},
			"rank": {"probe_rankme": 1.1},
		} {
			f := suited
			change(&f)
			j := verdict.New(f)
			all := j.Begin()
			for step := range 600 {
				v := measure.Values{
					"loss": 3, "teacher_entropy": 1.5, "marginal_entropy": 3, "kl": 1.5, "target_gain": 0.5,
					"teacher_distance": 0.03, "update_size": 1e-3, "momentum": 0.99, "lr": 1e-3, "weight_decay": 0.04,
					"data_wait": 0.05, "probe_rankme": 20, "probe_std": 0.6,
				}
				if step > 100 {
					for k, x := range values {
						v[k] = x
					}
				}
				all = append(all, j.Step(step, v)...)
			}
			found[fmt.Sprint(name, ", ", kind)] = all
		}
	}
	return found
}

// A warning has the same advice, so that whoever shows it can put it into words of its own.
func TestWarningsCarryTheAdvice(t *testing.T) {
	heard := &warnings{}
	o := &verdict.Observer{To: heard, Log: verdictLog(t), Judge: verdict.New(verdict.Facts{
		Steps: 1000, Suggested: verdict.Suggested{Momentum: 0.99},
	})}
	if err := o.Started(observe.Start{}); err != nil {
		t.Fatal(err)
	}
	if len(heard.all) != 1 || len(heard.all[0].Settings) != 2 || strings.Contains(heard.all[0].String(), "--") ||
		!strings.HasSuffix(heard.all[0].String(),
			". To change it: set model.ema_decay_start=0.99 and model.ema_decay_end=1") {
		t.Errorf("heard %+v", heard.all)
	}
}

type warnings struct {
	observe.Nothing
	all []observe.Warning
}

func (w *warnings) Warning(one observe.Warning) error {
	w.all = append(w.all, one)
	return nil
}

func verdictLog(t *testing.T) *verdict.Log {
	t.Helper()
	log, err := verdict.OpenLog(t.TempDir()+"/verdict.jsonl", 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { log.Close() })
	return log
}
