package metrics

import (
	"context"
	"math"
	"os"

	"github.com/dino-go/dino/internal/regularfile"
)

// lastBytes is how much of the end of a file is read for its last lines: some hundred.
const lastBytes = 1 << 15

// Last is the end of a metrics file.
type Last struct {
	Step, Epoch int64              // of the last line; Step is -1 where there is none
	Values      map[string]float64 // the newest of each number, of the lines that were read; no NaN
	Means       map[string]float64 // the mean of each over those lines
}

// ReadLast reads the last lines of a metrics file without those before them. Lines that go back in
// steps, and damaged ones, do not count.
func ReadLast(path string) (Last, error) {
	last := Last{Step: -1, Values: map[string]float64{}, Means: map[string]float64{}}
	file, err := regularfile.OpenOwn(path, os.O_RDONLY)
	if err != nil {
		return last, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return last, err
	}
	from := max(info.Size()-lastBytes, 0)
	torn := from > 0 // the first line probably lacks its beginning
	r, names, counts := row{}, columns{}, map[string]float64{}
	err = eachLine(context.Background(), file, from, info.Size(), func(line []byte, _ int64) {
		first := torn
		torn = false
		if first || r.read(line, &names) != nil || r.step <= last.Step {
			return
		}
		last.Step, last.Epoch = r.step, r.epoch
		for i, value := range r.values {
			if name := names.names[i]; !math.IsNaN(value) {
				last.Values[name] = value
				last.Means[name] += value
				counts[name]++
			}
		}
	})
	for name, n := range counts {
		last.Means[name] /= n
	}
	return last, err
}
