package server

import (
	"errors"
	"io/fs"
	"net/http"

	"github.com/dino-go/dino/internal/run/pictures"
	"github.com/dino-go/dino/internal/terminal"
	"github.com/dino-go/dino/internal/watch/runs"
)

// Pictures are what the page shows of a run over time. What cannot be read has an error beside what
// can.
type Pictures struct {
	pictures.Run
	Error string `json:"error,omitempty"`
}

// PicturesOf reads them.
func PicturesOf(run *runs.Run) Pictures {
	read, err := run.Pictures()
	p := Pictures{Run: read}
	if err != nil {
		p.Error = terminal.Line(err.Error())
	}
	return p
}

func (s *Server) getDrawn(w http.ResponseWriter, r *http.Request) {
	if run := s.run(w, r); run != nil {
		reply(w, PicturesOf(run))
	}
}

// getSheet answers with a sheet by its name, which is all that can be asked for.
func (s *Server) getSheet(w http.ResponseWriter, r *http.Request) {
	run := s.run(w, r)
	if run == nil {
		return
	}
	name := r.URL.Query().Get("name")
	if !pictures.IsSheet(name) {
		fail(w, http.StatusNotFound, "there is no such sheet")
		return
	}
	content, err := run.Sheet(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		fail(w, http.StatusNotFound, "there is no such sheet")
	case err != nil:
		fail(w, http.StatusInternalServerError, err.Error())
	default:
		w.Header().Set("Content-Type", pictures.Type(name))
		w.Write(content)
	}
}
