package pretrain

import (
	"errors"
	"io"
	"time"

	"github.com/dino-go/dino/internal/run/rundir"
	"github.com/dino-go/dino/internal/run/runlog"
	"github.com/dino-go/dino/internal/run/verdict"
	"github.com/dino-go/dino/internal/runfiles"
	"github.com/dino-go/dino/measure"
	"github.com/dino-go/dino/observe"
)

// logs are all who are told what a run does, in this order: the files in its folder, then the
// observers that were asked for, then what watches the run and warns those. So a step that anybody
// hears of is in the files, and a warning comes behind its step.
type logs struct {
	observe.All
	files  []io.Closer
	events *runlog.Events
}

// openLogs opens the files for a step and later ones, with the measurements of a
// table, and cuts off what they hold of them. The verdict gets its log and whom it warns.
func openLogs(dir *rundir.Dir, table measure.Table, step int, v *verdict.Observer,
	asked observe.All,
) (_ *logs, err error) {
	opened := &logs{}
	defer func() {
		if err != nil {
			opened.Close()
		}
	}()
	metrics, err := runlog.OpenMetrics(dir.Metrics(), table, step)
	if err != nil {
		return nil, err
	}
	opened.files = append(opened.files, metrics)
	if missing := metrics.Missing(); len(missing) > 0 {
		err := asked.Warning(observe.Warning{Note: observe.Notef("%s was shortened, changed or removed since it was "+
			"written: it has no line for the steps %s, and the run goes on behind them from step %d",
			dir.Metrics(), runlog.Join(missing), step)})
		if err != nil {
			return nil, err
		}
	}
	events, err := runlog.OpenEvents(dir.Events(), table, step, time.Now())
	if err != nil {
		return nil, err
	}
	opened.files, opened.events = append(opened.files, events), events
	opened.All = append(opened.All,
		observe.Named{Name: runfiles.Metrics, Observer: metrics},
		observe.Named{Name: "TensorBoard", Observer: events})
	opened.All = append(opened.All, asked...)
	if v.Log, err = verdict.OpenLog(dir.Verdict(), step); err != nil {
		return nil, err
	}
	opened.files = append(opened.files, v.Log)
	v.To = opened.All
	opened.All = append(opened.All, observe.Named{Name: verdict.Name, Observer: v})
	return opened, nil
}

// Close closes the files.
func (l *logs) Close() error {
	var all []error
	for _, file := range l.files {
		all = append(all, file.Close())
	}
	return errors.Join(all...)
}
