package server

import (
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"net/http"
	"strconv"

	"github.com/dino-go/dino/internal/terminal"
	"github.com/dino-go/dino/internal/usage"
	"github.com/dino-go/dino/internal/watch/metrics"
	"github.com/dino-go/dino/internal/watch/runs"
)

// Bounds of requests.
const (
	mostPoints = 2048
	mostPosted = 64 << 10 // bytes of notes
)

// Overview is the answer of api/runs, and what an event of api/events holds.
type Overview struct {
	Runs      []runs.Summary `json:"runs"`  // that were looked at, and are new or have changed
	Total     int            `json:"total"` // all that there are
	Truncated bool           `json:"truncated"`
}

func (s *Server) getRuns(w http.ResponseWriter, _ *http.Request) {
	s.hub.refresh()
	reply(w, s.hub.changes(map[string]runs.Summary{}))
}

// run is the run that a request names; nil where it was refused.
func (s *Server) run(w http.ResponseWriter, r *http.Request) *runs.Run {
	run := s.runs.Run(r.URL.Query().Get("id"))
	if run == nil {
		fail(w, http.StatusNotFound, "there is no such run")
	}
	return run
}

func (s *Server) getRun(w http.ResponseWriter, r *http.Request) {
	if run := s.run(w, r); run != nil {
		reply(w, Detail(r.Context(), run, run.Path))
	}
}

func (s *Server) getCurves(w http.ResponseWriter, r *http.Request) {
	run := s.run(w, r)
	if run == nil {
		return
	}
	part, err := partOf(r)
	if err != nil {
		fail(w, http.StatusBadRequest, err.Error())
		return
	}
	if part.First == 0 && part.Since == 0 && !r.URL.Query().Has("generation") {
		if preview, ok := run.Log.Preview(); ok {
			reply(w, preview)
			return
		}
	}
	more, unread := s.logs.update(r.Context(), run.Log)
	curves, err := run.Log.Curves(r.Context(), part)
	if asked := r.URL.Query().Get("generation"); err == nil && part.Since > 0 && asked != curves.Generation {
		part.Since = 0
		curves, err = run.Log.Curves(r.Context(), part)
	}
	if err != nil {
		fail(w, http.StatusInternalServerError, err.Error())
		return
	}
	if curves.More = more; unread != nil {
		curves.Error = terminal.Line(unread.Error())
	}
	reply(w, curves)
}

// partOf reads which curves a request wants.
func partOf(r *http.Request) (metrics.Part, error) {
	number := func(name string, least, otherwise, most int64) (int64, error) {
		text := r.URL.Query().Get(name)
		if text == "" {
			return otherwise, nil
		}
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < least || n > most {
			return 0, errors.New(name + " must be a whole number from " + strconv.FormatInt(least, 10) + " to " +
				strconv.FormatInt(most, 10))
		}
		return n, nil
	}
	first, wrongFirst := number("first", 0, 0, math.MaxInt64)
	last, wrongLast := number("last", 0, math.MaxInt64, math.MaxInt64)
	points, wrongPoints := number("points", 1, 600, mostPoints)
	since, wrongSince := number("since", 0, 0, math.MaxInt32)
	return metrics.Part{First: first, Last: last, Points: int(points), Since: int(since)},
		errors.Join(wrongFirst, wrongLast, wrongPoints, wrongSince)
}

func (s *Server) postNotes(w http.ResponseWriter, r *http.Request) {
	run := s.run(w, r)
	if run == nil {
		return
	}
	var notes runs.Notes
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, mostPosted))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&notes); err != nil {
		fail(w, http.StatusBadRequest, "the notes are no JSON with note and tags, or too long")
		return
	}
	var wrong *usage.Error
	switch err := run.SetNotes(notes); {
	case errors.As(err, &wrong):
		fail(w, http.StatusBadRequest, err.Error())
	case errors.Is(err, fs.ErrPermission):
		fail(w, http.StatusForbidden, "the run folder cannot be written: "+err.Error())
	case err != nil:
		fail(w, http.StatusInternalServerError, err.Error())
	default:
		s.hub.refresh()
		saved, _ := run.Notes()
		reply(w, saved)
	}
}

func reply(w http.ResponseWriter, value any) {
	text, err := json.Marshal(value)
	if err != nil {
		fail(w, http.StatusInternalServerError, err.Error())
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(text)
}

// fail answers with an error, as {"error": text}.
func fail(w http.ResponseWriter, code int, text string) {
	body, _ := json.Marshal(map[string]string{"error": terminal.Line(text)})
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	w.Write(body)
}
