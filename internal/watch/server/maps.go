package server

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/data/imageio"
	"github.com/dino-go/dino/internal/output/thumbnail"
	"github.com/dino-go/dino/internal/terminal"
	"github.com/dino-go/dino/internal/watch/points"
	"github.com/dino-go/dino/internal/watch/runmap"
	"github.com/dino-go/dino/internal/watch/runs"
)

// Bounds of what maps take.
const (
	mostMaps    = 4   // runs whose places are kept, those that were asked for last
	mostDecoded = 2   // images at once
	shownSide   = 256 // pixels of an image that is looked at
	quality     = 80
)

// maps are the maps that somebody looks at.
type maps struct {
	mu    sync.Mutex
	known []known // the one used last at the end
	umap  chan struct{}
	image chan struct{}
}

type known struct {
	id string
	of *runmap.Map
}

func newMaps() *maps {
	return &maps{umap: make(chan struct{}, 1), image: make(chan struct{}, mostDecoded)}
}

// of is the map of a run.
func (m *maps) of(run *runs.Run) *runmap.Map {
	m.mu.Lock()
	defer m.mu.Unlock()
	one := known{run.ID, nil}
	if i := slices.IndexFunc(m.known, func(k known) bool { return k.id == run.ID }); i >= 0 {
		one = m.known[i]
		m.known = slices.Delete(m.known, i, i+1)
	} else {
		one.of = runmap.Open(run.Path)
	}
	m.known = append(m.known, one)
	m.known = m.known[max(0, len(m.known)-mostMaps):]
	return one.of
}

// turn waits until so few others do the same; false where the request has ended.
func turn(r *http.Request, free chan struct{}) bool {
	select {
	case free <- struct{}{}:
		return true
	case <-r.Context().Done():
		return false
	}
}

func (s *Server) getMap(w http.ResponseWriter, r *http.Request) {
	run := s.run(w, r)
	if run == nil {
		return
	}
	d, err := s.maps.of(run).Data(r.Context(), "api/map/pictures?id="+url.QueryEscape(run.ID))
	if err != nil {
		reply(w, map[string]string{"none": terminal.Line(sentence(err.Error()))})
		return
	}
	d.Images = true
	reply(w, d)
}

// sentence is an error as one.
func sentence(text string) string { return strings.ToUpper(text[:1]) + text[1:] + "." }

// getUMAP computes the places of a snapshot, which takes as long as the request.
func (s *Server) getUMAP(w http.ResponseWriter, r *http.Request) {
	run := s.run(w, r)
	if run == nil {
		return
	}
	step, err := strconv.Atoi(r.URL.Query().Get("step"))
	if err != nil {
		fail(w, http.StatusBadRequest, "step must be a whole number")
		return
	}
	if !turn(r, s.maps.umap) {
		return
	}
	defer func() { <-s.maps.umap }()
	places, err := s.maps.of(run).UMAP(r.Context(), step)
	if err != nil {
		fail(w, http.StatusNotFound, err.Error())
		return
	}
	reply(w, map[string]string{"umap": points.Encoded(places.Data)})
}

func (s *Server) getPictures(w http.ResponseWriter, r *http.Request) {
	run := s.run(w, r)
	if run == nil {
		return
	}
	text, err := s.maps.of(run).Pictures()
	if err != nil {
		fail(w, http.StatusNotFound, "the run keeps no pictures of its images")
		return
	}
	w.Header().Set("Content-Type", "image/jpeg")
	w.Write(text)
}

// getImage shows an image that is on the map of a run, from the folder that the run was trained on:
// what leads out of that is refused, and what is no image is not shown.
func (s *Server) getImage(w http.ResponseWriter, r *http.Request) {
	run := s.run(w, r)
	if run == nil {
		return
	}
	path := r.URL.Query().Get("path")
	if !s.maps.of(run).Shows(r.Context(), path) {
		fail(w, http.StatusNotFound, "there is no such image on the map of this run")
		return
	}
	if !turn(r, s.maps.image) {
		return
	}
	defer func() { <-s.maps.image }()
	text, err := picture(run.DataFolder(), path)
	if err != nil { // the folder is elsewhere now: the page has the small picture
		w.WriteHeader(http.StatusNoContent)
		return
	}
	w.Header().Set("Content-Type", "image/jpeg")
	w.Write(text)
}

// picture is an image below a folder, as it is shown.
func picture(folder, path string) ([]byte, error) {
	img, err := imageio.DecodeBelow(folder, path, imageio.Limits{MaxPixels: imageio.DefaultMaxPixels})
	if err != nil {
		return nil, err
	}
	return imageio.EncodeJPEG(thumbnail.Within(img, shownSide, new(augment.Scratch)), quality)
}
