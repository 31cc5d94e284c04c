package report

import (
	"encoding/base64"

	"github.com/dino-go/dino/internal/run/pictures"
	"github.com/dino-go/dino/internal/watch/runs"
	"github.com/dino-go/dino/internal/watch/server"
)

// picturesShare is the share of a report's size that pictures may take.
const picturesShare = 0.35

// drawn are the pictures of a run in a report: of all epochs, or of some that are evenly spread.
type drawn struct {
	server.Pictures
	Total   int               `json:"total"`   // epochs that were drawn in the run
	Content map[string]string `json:"content"` // sheets by name, as data: addresses
}

// drawnBy reads the pictures of a run: sheets of so many bytes at most, in base64.
func drawnBy(r *runs.Run, limit int) drawn {
	d := drawn{Pictures: server.PicturesOf(r)}
	all := d.Epochs
	d.Total = len(all)
	for n := d.Total; ; n /= 2 {
		size := 0
		d.Epochs, d.Content = spread(all, n), map[string]string{}
		for _, name := range d.sheets() {
			if content, err := r.Sheet(name); err == nil { // else the page says that it is not there
				d.Content[name] = "data:" + pictures.Type(name) + ";base64," +
					base64.StdEncoding.EncodeToString(content)
				size += len(d.Content[name])
			}
		}
		if size <= limit {
			return d
		}
		if n == 0 {
			d.Content = map[string]string{}
			return d
		}
	}
}

// sheets are the names of all sheets that are shown.
func (d drawn) sheets() (names []string) {
	if d.Views != nil {
		names = append(names, d.Views.Sheet)
	}
	if d.Followed != nil {
		names = append(names, d.Followed.Sheet)
	}
	for _, e := range d.Epochs {
		for _, name := range e.Sheets {
			names = append(names, name)
		}
	}
	return names
}

// spread are n of some epochs, evenly spread, with the last, and of two or more the first.
func spread(of []pictures.Epoch, n int) []pictures.Epoch {
	if n >= len(of) {
		return of
	}
	some := make([]pictures.Epoch, n)
	for i := range some {
		some[i] = of[len(of)-1-i*(len(of)-1)/max(1, n-1)]
	}
	for i := range n / 2 {
		some[i], some[n-1-i] = some[n-1-i], some[i]
	}
	return some
}
