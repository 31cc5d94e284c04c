package runlog

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
)

// Record is what one optimizer step did: a line of metrics.jsonl. Numbers that
// are not finite are null there, and null or absent ones are read as NaN.
type Record struct {
	Step  int // 0-based optimizer step
	Epoch int // 0-based epoch

	Loss           float64 // TeacherEntropy + KL: cross-entropy of student to teacher, nats
	TeacherEntropy float64 // mean entropy of the teacher's distributions, nats; ln K when uniform
	Marginal       float64 // entropy of the batch's mean distribution, nats; 0 when all images share one prototype
	KL             float64 // mean divergence of the student's from the teacher's, nats
	MaxProb        float64 // mean largest teacher probability
	CenterNorm     float64 // L2 norm of the center
	FeatureStd     float64 // mean over features of the standard deviation over the batch
	GradNorm       float64 // global L2 norm of the gradient before clipping

	LR          float64 // learning rate
	WeightDecay float64
	Momentum    float64 // of the teacher's moving average
	TeacherTemp float64 // teacher temperature

	ImagesPerSecond float64 // source images a second, over this step
	DataWait        float64 // share of this step's time spent waiting for data, 0 to 1

	// Where k-NN was evaluated, at the end of an epoch: top-1 accuracy in percent
	// of the teacher, of the untrained network and of raw pixels; else nil.
	KNN, KNNUntrained, KNNPixels *float64
}

// number is one float of a Record with its name in metrics.jsonl and the group
// of its TensorBoard tag.
type number struct {
	group, name string
	value       *float64
}

// numbers lists the floats that every line has, in the order of the line.
func (r *Record) numbers() []number {
	return []number{
		{"train", "loss", &r.Loss},
		{"train", "teacher_entropy", &r.TeacherEntropy},
		{"train", "marginal_entropy", &r.Marginal},
		{"train", "kl", &r.KL},
		{"train", "max_prob", &r.MaxProb},
		{"train", "center_norm", &r.CenterNorm},
		{"train", "feature_std", &r.FeatureStd},
		{"train", "grad_norm", &r.GradNorm},
		{"schedule", "lr", &r.LR},
		{"schedule", "weight_decay", &r.WeightDecay},
		{"schedule", "momentum", &r.Momentum},
		{"schedule", "teacher_temp", &r.TeacherTemp},
		{"speed", "images_per_s", &r.ImagesPerSecond},
		{"speed", "data_wait", &r.DataWait},
	}
}

// optional is a number that only some lines have.
type optional struct {
	group, name string
	value       **float64
}

// optionals lists the floats that follow on lines that have them.
func (r *Record) optionals() []optional {
	return []optional{
		{"eval", "knn", &r.KNN},
		{"eval", "knn_untrained", &r.KNNUntrained},
		{"eval", "knn_pixels", &r.KNNPixels},
	}
}

// all lists the numbers that this record has.
func (r *Record) all() []number {
	out := r.numbers()
	for _, o := range r.optionals() {
		if *o.value != nil {
			out = append(out, number{o.group, o.name, *o.value})
		}
	}
	return out
}

// MarshalJSON returns the record as an object with its fields in fixed order.
func (r Record) MarshalJSON() ([]byte, error) {
	text := fmt.Appendf(nil, `{"step":%d,"epoch":%d`, r.Step, r.Epoch)
	for _, n := range r.all() {
		text = fmt.Appendf(text, `,"%s":`, n.name)
		if math.IsNaN(*n.value) || math.IsInf(*n.value, 0) {
			text = append(text, "null"...)
		} else {
			text = strconv.AppendFloat(text, *n.value, 'g', -1, 64)
		}
	}
	return append(text, '}'), nil
}

// UnmarshalJSON reads what MarshalJSON writes. Step and epoch must be there;
// fields that a Record lacks are an error.
func (r *Record) UnmarshalJSON(text []byte) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return err
	}
	*r = Record{}
	for _, counter := range []struct {
		name  string
		value *int
	}{{"step", &r.Step}, {"epoch", &r.Epoch}} {
		stored, ok := fields[counter.name]
		if !ok || json.Unmarshal(stored, counter.value) != nil || *counter.value < 0 {
			return fmt.Errorf("%s is no number of at least 0", counter.name)
		}
		delete(fields, counter.name)
	}
	for _, n := range r.numbers() {
		*n.value = math.NaN()
		if err := take(fields, n.name, n.value); err != nil {
			return err
		}
	}
	for _, o := range r.optionals() {
		if _, ok := fields[o.name]; !ok {
			continue
		}
		value := math.NaN()
		*o.value = &value
		if err := take(fields, o.name, &value); err != nil {
			return err
		}
	}
	for name := range fields {
		return fmt.Errorf("unknown field %q", name)
	}
	return nil
}

// take moves a number out of fields; null leaves the value alone.
func take(fields map[string]json.RawMessage, name string, value *float64) error {
	stored, ok := fields[name]
	if !ok {
		return nil
	}
	delete(fields, name)
	if err := json.Unmarshal(stored, value); err != nil {
		return fmt.Errorf("%s is neither a number nor null", name)
	}
	return nil
}
