package metrics

import (
	"bytes"
	"os"

	"github.com/dino-go/dino/internal/regularfile"
)

const (
	previewFrom  = 8 << 20 // bytes of a file, below which it is as quickly read whole
	previewBlock = 1 << 13 // bytes that are read for a line
	previewLines = 400
)

// PreviewGeneration is that of a preview.
const PreviewGeneration = "preview"

// Preview returns single lines of a long file of which nothing has been read yet, evenly spread
// over it and the last one among them: curves to look at until all lines are read, which takes a
// while. The time does not depend on the size of the file. ok is false where the file is not long,
// has been read already, or holds hardly a line of the kind.
func (l *Log) Preview() (c Curves, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.offset > 0 {
		return c, false
	}
	file, err := regularfile.OpenOwn(l.path, os.O_RDONLY)
	if err != nil {
		return c, false // which the whole reading says
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil || info.Size() < previewFrom {
		return c, false
	}
	x, r, last := newIndex(maxBuckets), row{}, int64(-1)
	take := func(line []byte) {
		if r.read(line, &x.columns) == nil && r.step > last {
			last = r.step
			x.add(&r)
		}
	}
	block := make([]byte, previewBlock)
	for i := range int64(previewLines) {
		offset := i * (info.Size() - previewBlock) / (previewLines - 1)
		n, _ := file.ReadAt(block, offset)
		lines := bytes.Split(block[:n], []byte("\n")) // the last has no end, and the first perhaps no beginning
		switch {
		case len(lines) < 3:
			continue // longer lines than any run writes
		case i == 0:
			take(lines[0])
		case i == previewLines-1:
			take(lines[len(lines)-2])
		default:
			take(lines[1])
		}
	}
	c = x.curves(PreviewGeneration, wanted{last: last, points: maxBuckets})
	c.Generation, c.More = PreviewGeneration, true
	return c, len(c.Steps) >= previewLines/2
}
