package verdict

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/dino-go/dino/measure"
)

// recorded are the facts of the runs in testdata: configs/demo.yaml over three epochs of 112 steps.
func recorded() Facts {
	return Facts{
		Images: 3600, Batch: 32, MicroBatch: 32, Views: 2, Steps: 336, StepsPerEpoch: 112, Prototypes: 128, Width: 64,
		TemperatureStudent: 0.1, TemperatureTeacher: 0.02, Centering: true, CenterMomentum: 0.9, TeacherDrift: 2.5,
		Rate: 0.002, InitStd: 0.08,
		Suggested: Suggested{
			Prototypes: 1024, Batch: 64, Rate: 0.003, InitStd: 0.069, TemperatureTeacher: 0.02, Momentum: 0.99,
		},
	}
}

func read(t *testing.T, name string) []measure.Values {
	t.Helper()
	file, err := os.Open(filepath.Join("testdata", name+".jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var steps []measure.Values
	for lines := bufio.NewScanner(file); lines.Scan(); {
		values := measure.Values{}
		if err := json.Unmarshal(lines.Bytes(), &values); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, values)
	}
	return steps
}

// judge shows a judge all steps, and returns what begins.
func judge(j *Judge, steps []measure.Values) []Finding {
	begun := j.Begin()
	for step, values := range steps {
		for _, f := range j.Step(step, values) {
			if f.Change == Begins {
				begun = append(begun, f)
			}
		}
	}
	return begun
}

// What real runs measured: failures are found within an epoch, healthy runs raise no alarm.
func TestRecordedRuns(t *testing.T) {
	for name, want := range map[string]Kind{
		"healthy": "", "healthy_weak": "", "healthy_photographs": "",
		"rate_100": RateHigh, "rate_10": SharedTarget, "temperature_005": UniformCollapse, "center_off": OnePrototype,
	} {
		found := judge(New(recorded()), read(t, name))
		if want == "" {
			for _, f := range found {
				t.Errorf("%s: step %d: %s", name, f.Step, f)
			}
			continue
		}
		if len(found) == 0 || found[0].Kind != want || found[0].Step > 168 {
			t.Errorf("%s: want %s, got %v", name, want, found)
			continue
		}
		for _, n := range found[0].Evidence {
			if n.Name == "" {
				t.Errorf("%s: evidence without a name: %v", name, found[0].Evidence)
			}
		}
		if len(found[0].Advice) == 0 {
			t.Errorf("%s: no advice in %v", name, found[0])
		}
	}
}
