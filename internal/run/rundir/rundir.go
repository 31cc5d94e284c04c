// Package rundir is the folder of a run: what it holds, under which names, and that only one
// process works on it.
//
//	config.yaml          the resolved configuration
//	checkpoints/         the newest states (package checkpoint)
//	metrics.jsonl        one line a step (package runlog)
//	events/              the same for TensorBoard
//	verdict.jsonl        one line for everything that was found about the run (package verdict)
//	pictures/            what some images look like to the network, over time (package pictures)
//	bad_images.jsonl     one line for every image that could not be decoded
//	teacher.safetensors  the trained backbone, under timm's names, once the run is complete
//	best.safetensors     the backbone of the epoch with the highest k-NN accuracy
//	map/                 features of some images over the run (package snapshots)
//	report.html          the run as a page, written by the verb behind the complete run
package rundir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"

	"github.com/dino-go/dino/internal/atomicfile"
	"github.com/dino-go/dino/internal/regularfile"
	"github.com/dino-go/dino/internal/runfiles"
)

// Dir is an open run folder.
type Dir struct {
	Path   string
	lock   *flock.Flock
	opened fs.FileInfo  // the folder as it was opened
	listed map[int]bool // images in the list of bad ones, as far as this process has read and written it
}

// Open opens a run folder, making it if needed, and locks it for this process. A folder that holds
// something else is refused, and so is one in which a symbolic link, or anything else that does not
// belong there, has the name of what the run writes. The folder itself may be reached through a
// link.
func Open(path string) (*Dir, error) {
	if err := Check(path); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(path, 0o755); err != nil {
		return nil, fmt.Errorf("run folder: %w", err)
	}
	if err := checkNames(path); err != nil {
		return nil, fmt.Errorf("run folder: %w; move it away, or choose another folder for the run", err)
	}
	opened, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("run folder: %w", err)
	}
	lock := flock.New(filepath.Join(path, runfiles.Lock))
	got, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("run folder: locking %s: %w", path, err)
	}
	if !got {
		return nil, fmt.Errorf("run folder: another process works on %s: wait for it, or choose another "+
			"folder for the run", path)
	}
	return &Dir{Path: path, lock: lock, opened: opened}, nil
}

// checkNames refuses links and the like under the names of what a run writes.
func checkNames(path string) error {
	d := Dir{Path: path}
	for _, file := range []string{
		d.Config(), filepath.Join(path, runfiles.Lock), d.Metrics(), d.BadImagesList(),
		d.Teacher(), d.TeacherLast(), d.Best(), d.Verdict(), filepath.Join(path, runfiles.Report),
	} {
		if err := regularfile.CheckOwn(file); err != nil {
			return err
		}
	}
	for _, folder := range []string{d.Checkpoints(), d.Events(), filepath.Join(path, runfiles.Map), d.Pictures()} {
		if err := regularfile.CheckOwnDir(folder); err != nil {
			return err
		}
	}
	return nil
}

// Verify fails if the path no longer leads to the folder that was opened: it was removed, moved,
// replaced or unmounted.
func (d *Dir) Verify() error {
	now, err := os.Stat(d.Path)
	if err == nil && !os.SameFile(d.opened, now) {
		err = errors.New("another folder is there now")
	}
	if err != nil {
		return fmt.Errorf("run folder: %s was removed, moved or replaced while the run worked on it: %w", d.Path, err)
	}
	return nil
}

// Check refuses a folder that is neither empty nor a run's. It touches nothing.
func Check(path string) error {
	entries, err := os.ReadDir(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("run folder: %w", err)
	}
	for _, e := range entries {
		if e.Name() == runfiles.Config || e.Name() == runfiles.Lock {
			return nil
		}
	}
	if len(entries) > 0 {
		return fmt.Errorf("run folder: %s holds other files and is not a run: choose an empty or new "+
			"folder for the run",
			path)
	}
	return nil
}

// Close unlocks the folder.
func (d *Dir) Close() error { return d.lock.Unlock() }

// Config is the path of the resolved configuration.
func (d *Dir) Config() string { return filepath.Join(d.Path, runfiles.Config) }

// Checkpoints is the folder of the saved states.
func (d *Dir) Checkpoints() string { return filepath.Join(d.Path, runfiles.Checkpoints) }

// Metrics is the path of the log.
func (d *Dir) Metrics() string { return filepath.Join(d.Path, runfiles.Metrics) }

// Verdict is the path of what was found about the run.
func (d *Dir) Verdict() string { return filepath.Join(d.Path, runfiles.Verdict) }

// Events is the folder of the TensorBoard files.
func (d *Dir) Events() string { return filepath.Join(d.Path, runfiles.Events) }

// Pictures is the folder of pictures over time.
func (d *Dir) Pictures() string { return filepath.Join(d.Path, runfiles.Pictures) }

// Teacher is the path of the trained backbone.
func (d *Dir) Teacher() string { return filepath.Join(d.Path, runfiles.Teacher) }

// TeacherLast is the path of the backbone of the last step, where that of another epoch is the
// trained one.
func (d *Dir) TeacherLast() string { return filepath.Join(d.Path, runfiles.TeacherLast) }

// Best is the path of the backbone of the epoch with the highest k-NN accuracy.
func (d *Dir) Best() string { return filepath.Join(d.Path, runfiles.Best) }

// Begun tells whether the folder holds a run with a saved state, to go on from. What an attempt
// without one left is started over; a folder that cannot be read is an error.
func (d *Dir) Begun() (bool, error) {
	saved, err := os.ReadDir(d.Checkpoints())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, fmt.Errorf("run folder: %w", err)
	}
	return d.Path != "" && len(saved) > 0 && exists(d.Config()), nil
}

// Complete tells whether the trained backbone is there.
func (d *Dir) Complete() bool { return exists(d.Teacher()) }

// HasLast tells whether the last backbone is there beside the trained one.
func (d *Dir) HasLast() bool { return exists(d.TeacherLast()) }

// HasBest tells whether the backbone of the best epoch is there.
func (d *Dir) HasBest() bool { return exists(d.Best()) }

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// Write calls what writes a file of the run by its path, and fails if the folder is not the one
// that was opened, before or after.
func (d *Dir) Write(file func() error) error {
	if err := d.Verify(); err != nil {
		return err
	}
	if err := file(); err != nil {
		return err
	}
	return d.Verify()
}

// WriteConfig saves the resolved configuration.
func (d *Dir) WriteConfig(text []byte) error {
	return d.Write(func() error { return atomicfile.WriteFile(d.Config(), text) })
}
