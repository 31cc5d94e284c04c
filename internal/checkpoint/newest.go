package checkpoint

import "path/filepath"

// Newest reads the state file of the newest checkpoint in dir without its tensors, for whoever
// shows a run and does not go on with it. Where the newest cannot be read it is that before;
// without any the error is [ErrNone].
func Newest(dir string) (State, error) {
	steps, err := listSteps(dir)
	if err != nil {
		return State{}, err
	}
	for _, step := range steps {
		if r, err := readRecord(filepath.Join(dir, stateName(step))); err == nil {
			return r.State, nil
		}
	}
	return State{}, ErrNone
}
