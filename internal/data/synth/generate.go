package synth

import (
	"bytes"
	"context"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/dino-go/dino/internal/atomicfile"
	"github.com/dino-go/dino/internal/regularfile"
)

// Generate writes the set to dir as PNG files, CLASS/000123.png, with the file
// MarkerName beside the class folders. Image i is Draw(o.Seed, i mod o.Classes,
// i div o.Classes, o.Size), so the files do not depend on how many cores draw.
//
// The folder must be new, empty, or hold the same set. In a folder that holds
// it only what is missing is drawn, so a set that was interrupted is completed
// and a complete one is left as it is.
//
// progress, unless nil, is told after each image how many of the set are
// there; calls do not overlap.
func Generate(ctx context.Context, dir string, o Options, progress func(done, total int)) error {
	return generate(ctx, dir, o, runtime.GOMAXPROCS(0), progress)
}

func generate(ctx context.Context, dir string, o Options, workers int, progress func(done, total int)) error {
	if err := o.Validate(); err != nil {
		return err
	}
	if err := claim(dir, marker{Drawing: drawing, Options: o}); err != nil {
		return err
	}
	for _, class := range classes[:o.Classes] {
		if err := os.MkdirAll(filepath.Join(dir, class.Name), 0o755); err != nil {
			return fmt.Errorf("synth: %w", err)
		}
	}
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	t := tally{total: o.Images, report: progress}
	var group sync.WaitGroup
	for worker := range workers {
		group.Go(func() {
			for i := worker; i < o.Images && ctx.Err() == nil; i += workers {
				if err := writeImage(dir, o, i); err != nil {
					fail(err)
					return
				}
				t.add()
			}
		})
	}
	group.Wait()
	return context.Cause(ctx)
}

// tally counts finished images across workers.
type tally struct {
	mu          sync.Mutex
	done, total int
	report      func(done, total int)
}

func (t *tally) add() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.done++
	if t.report != nil {
		t.report(t.done, t.total)
	}
}

// writeImage draws image i of the set unless its file is there. The file
// appears whole: it is written under another name first.
func writeImage(dir string, o Options, i int) error {
	class, index := i%o.Classes, i/o.Classes
	path := filepath.Join(dir, classes[class].Name, fmt.Sprintf("%06d.png", index))
	if err := regularfile.Check(path); err == nil {
		return nil
	}
	var file bytes.Buffer
	if err := png.Encode(&file, Draw(o.Seed, class, index, o.Size)); err != nil {
		return fmt.Errorf("synth: encoding %s: %w", path, err)
	}
	if err := atomicfile.WriteUnsynced(path, file.Bytes()); err != nil { // what a power failure takes is drawn again
		return fmt.Errorf("synth: %w", err)
	}
	return nil
}
