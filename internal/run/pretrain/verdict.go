package pretrain

import (
	"errors"
	"io/fs"

	"github.com/dino-go/dino/internal/run/runlog"
	"github.com/dino-go/dino/internal/run/verdict"
	"github.com/dino-go/dino/observe"
)

// foreseen is what the verdict finds in the options and the number of images, before any step.
func (in *inputs) foreseen() ([]verdict.Finding, error) {
	facts, err := in.facts()
	if err != nil {
		return nil, err
	}
	return verdict.New(facts).Begin(), nil
}

// foresee tells it.
func (in *inputs) foresee(told observe.Observer) error {
	found, err := in.foreseen()
	if err != nil {
		return err
	}
	for _, f := range found {
		w, err := f.Warning()
		if err != nil {
			return err
		}
		if err := told.Warning(w); err != nil {
			return err
		}
	}
	return nil
}

// verdict is who judges the run. One that goes on is judged from its first step on: what was
// measured is read from the log.
func (in *inputs) verdict(st *state, stop bool) (*verdict.Observer, error) {
	facts, err := in.facts()
	if err != nil {
		return nil, err
	}
	v := &verdict.Observer{Judge: verdict.New(facts), Look: st.look, Stop: stop}
	if st.step == 0 {
		return v, nil
	}
	records, err := runlog.ReadMetrics(in.dir.Metrics(), in.measurements())
	if errors.Is(err, fs.ErrNotExist) {
		return v, nil
	}
	for _, r := range records {
		if r.Step < st.step {
			v.Past = append(v.Past, verdict.Past{Step: r.Step, Values: r.Values})
		}
	}
	return v, err
}
