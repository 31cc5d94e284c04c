package server

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/dino-go/dino/internal/watch/runs"
)

// How often runs are looked at while somebody watches, and a stream is kept alive.
const (
	lookEvery  = time.Second
	aliveEvery = 15 * time.Second
)

// mostStreams bounds how many pages are open at once.
const mostStreams = 64

// hub looks at the runs while there are streams, and wakes these when something is new. Without a
// stream nothing is read.
type hub struct {
	runs *runs.Collection

	mu      sync.Mutex
	streams map[chan struct{}]bool
	stop    chan struct{} // of the loop that looks; nil where there is none
}

func newHub(collection *runs.Collection) *hub {
	return &hub{runs: collection, streams: map[chan struct{}]bool{}}
}

// open adds a stream, which is woken by what is sent to it; ok is false where there are too many.
func (h *hub) open() (wake chan struct{}, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.streams) >= mostStreams {
		return nil, false
	}
	wake = make(chan struct{}, 1)
	h.streams[wake] = true
	if h.stop == nil {
		h.stop = make(chan struct{})
		go h.look(h.stop)
	}
	return wake, true
}

func (h *hub) close(wake chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if delete(h.streams, wake); len(h.streams) == 0 {
		close(h.stop)
		h.stop = nil
	}
}

func (h *hub) look(stop chan struct{}) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
			h.refresh()
		}
	}
}

// refresh looks once.
func (h *hub) refresh() { h.runs.Refresh(time.Now(), h.wake) }

// wake tells the streams that something is new.
func (h *hub) wake() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for wake := range h.streams {
		select {
		case wake <- struct{}{}:
		default: // it is awake already
		}
	}
}

// changes are the summaries that differ from those that were sent, which they become. A run that
// was not looked at yet has none.
func (h *hub) changes(sent map[string]runs.Summary) Overview {
	all := h.runs.Runs()
	o := Overview{Runs: []runs.Summary{}, Total: len(all), Truncated: h.runs.Truncated()}
	for _, r := range all {
		s, looked := r.Looked()
		if !looked {
			continue
		}
		if before, known := sent[s.ID]; !known || !s.Equal(before) {
			o.Runs = append(o.Runs, s)
			sent[s.ID] = s
		}
	}
	return o
}

// getEvents streams the overview: all runs first, then those that change.
func (s *Server) getEvents(w http.ResponseWriter, r *http.Request) {
	wake, ok := s.hub.open()
	if !ok {
		fail(w, http.StatusServiceUnavailable, fmt.Sprintf("%d pages are open already: close one", mostStreams))
		return
	}
	defer s.hub.close(wake)
	go s.hub.refresh()
	w.Header().Set("Content-Type", "text/event-stream")
	stream := http.NewResponseController(w)
	alive := time.NewTicker(aliveEvery)
	defer alive.Stop()
	sent := map[string]runs.Summary{}
	for first := true; ; first = false {
		if o := s.hub.changes(sent); first || len(o.Runs) > 0 {
			text, err := json.Marshal(o)
			if err != nil {
				return
			}
			fmt.Fprintf(w, "event: runs\ndata: %s\n\n", text)
		} else {
			fmt.Fprint(w, ": alive\n\n")
		}
		if stream.Flush() != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-wake:
		case <-alive.C:
		}
	}
}
