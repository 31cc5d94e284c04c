package verdict

import (
	"fmt"
	"strconv"
)

// causes are the options that may have caused a collapse, those farthest from what suits the run
// first.
func (j *Judge) causes() []Advice {
	f, s := j.facts, j.facts.Suggested
	var all []Advice
	add := func(is bool, option, value, why string) {
		if a := (Advice{Option: option, Value: value, Why: why}); is && !f.has(a) {
			all = append(all, a)
		}
	}
	add(j.teacherStuck(), "model.ema_decay_start", number(s.Momentum),
		"the teacher does not follow the student as it should")
	add(f.centerOff(), "model.center_momentum", "0.9", "nothing holds back a prototype that wins")
	add(f.Rate > 5*s.Rate && s.Rate > 0, "train.schedule.lr.base", number(s.Rate),
		fmt.Sprintf("%s is %.0f times the rate that suits the network", number(f.Rate), f.Rate/s.Rate))
	add(f.hot(), "model.temperature_teacher", number(s.TemperatureTeacher),
		fmt.Sprintf("targets at %s are nearly as soft as predictions at %s", number(f.TemperatureTeacher),
			number(f.TemperatureStudent)))
	add(f.TemperatureStudent > softStudent, "model.temperature_student", "0.1",
		"its predictions are soft whatever it has learned")
	add(f.manyPrototypes(), "model.n_prototypes", strconv.Itoa(s.Prototypes),
		fmt.Sprintf("%d are more than %d images can fill", f.Prototypes, f.Images))
	add(f.InitStd > 0 && s.InitStd > 0 && (f.InitStd < s.InitStd/2 || f.InitStd > 4*s.InitStd), "model.vit.init_std",
		number(s.InitStd), fmt.Sprintf("%s does not suit a width of %d", number(f.InitStd), f.Width))
	add(f.smallBatch(), "train.batch_size", strconv.Itoa(s.Batch), "the center is a mean over the batch")
	if len(all) > 0 {
		return all
	}
	add(f.TemperatureTeacher > s.TemperatureTeacher, "model.temperature_teacher", number(s.TemperatureTeacher),
		"sharper targets")
	add(f.Prototypes > s.Prototypes && s.Prototypes > 0, "model.n_prototypes", strconv.Itoa(s.Prototypes),
		"what suits the number of images")
	add(true, "train.schedule.lr.base", number(f.Rate/3), "smaller steps")
	return all
}

// number is an option's value as people write it: at most four digits that mean something.
func number(x float64) string {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 4, 64), 64)
	if err != nil {
		return strconv.FormatFloat(x, 'f', -1, 64)
	}
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}
