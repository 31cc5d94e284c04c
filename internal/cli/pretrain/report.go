package pretrain

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dino-go/dino/internal/regularfile"
	"github.com/dino-go/dino/internal/runfiles"
	"github.com/dino-go/dino/internal/watch/report"
	"github.com/dino-go/dino/internal/watch/runs"
	"github.com/dino-go/dino/observe"
)

// writeReport writes the report of a complete run into its folder, behind all else, so that it has
// everything that was found, and returns its path; empty where it is not written. The run is
// complete without it: what keeps it from being written is a warning. A run that was complete
// before keeps the report that it has.
func writeReport(ctx context.Context, done observe.Done, told observe.Observer) (string, error) {
	path := filepath.Join(done.Folder, runfiles.Report)
	if _, err := os.Lstat(path); done.Already && !errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	err := regularfile.CheckOwn(path)
	if err == nil {
		folder, absent := filepath.Abs(done.Folder)
		if absent != nil {
			folder = done.Folder
		}
		_, err = report.Write(ctx, path, []*runs.Run{runs.Open(done.Folder, filepath.Base(folder))})
	}
	switch {
	case ctx.Err() != nil:
		return "", told.Warning(observe.Warning{Note: observe.Notef("the run is complete, and its report was "+
			"interrupted: dino report %s --out %s writes it", done.Folder, path)})
	case err != nil:
		return "", told.Warning(observe.Warning{Note: observe.Notef("the run is complete, but its report cannot be "+
			"written: %v; dino report %s --out FILE.html writes it elsewhere", err, done.Folder)})
	}
	return path, nil
}
