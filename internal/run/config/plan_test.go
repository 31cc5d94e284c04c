package config

import (
	"testing"

	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/schedule"
)

// The model of a run has the teacher's temperature of the run's schedule, whichever preset it
// follows.
func TestModelAndPlanHaveOneTeacherTemperature(t *testing.T) {
	for _, preset := range []string{Seed, Paper} {
		for _, kind := range []string{schedule.KindSeed, schedule.KindOfficial} {
			c, err := Preset(preset, Facts{})
			if err != nil {
				t.Fatal(err)
			}
			c.Train.Epochs, c.Train.BatchSize, c.Train.Schedule.TeacherTempKind = 12, 2, kind
			c.Model.TemperatureTeacher, c.Model.WarmupEpochsTemperatureTeacher = 0.07, 5
			plan, err := c.Plan(4)
			if err != nil {
				t.Fatal(err)
			}
			m, err := distill.New(c.Method())
			if err != nil {
				t.Fatal(err)
			}
			for epoch := range c.Train.Epochs {
				want := plan.At(epoch * c.StepsPerEpoch(4)).TeacherTemp
				if got := m.TeacherTemperature(epoch); got != want {
					t.Errorf("%s, %s, epoch %d: the model has %v, the schedule %v", preset, kind, epoch, got, want)
				}
			}
		}
	}
}
