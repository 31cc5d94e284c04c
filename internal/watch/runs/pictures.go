package runs

import (
	"path/filepath"

	"github.com/dino-go/dino/internal/run/pictures"
	"github.com/dino-go/dino/internal/runfiles"
)

// Pictures reads what the run has drawn; a run of a version without pictures has none.
func (r *Run) Pictures() (pictures.Run, error) { return pictures.Read(r.file(runfiles.Pictures)) }

// Sheet reads a sheet of pictures by its name.
func (r *Run) Sheet(name string) ([]byte, error) {
	return pictures.Sheet(r.file(runfiles.Pictures), name)
}

// drawn is when the run drew something last, in milliseconds since 1970; 0 where it has not.
func (r *Run) drawn() int64 {
	var files []stamp
	for _, name := range pictures.Described() {
		files = append(files, stampOf(r.file(filepath.Join(runfiles.Pictures, name))))
	}
	return latest(files...).UnixMilli()
}
