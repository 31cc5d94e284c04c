package embeddingmap

import (
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/data/imageio"
	"github.com/dino-go/dino/internal/terminal"
	"github.com/dino-go/dino/internal/watch/points"
)

// shownSide is how large an image is shown by the live page, in pixels.
const shownSide = 256

// mostDecoded is how many images are decoded at once.
const mostDecoded = 2

// Handler answers what the live page asks for.
func (m *Map) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/map", m.getMap)
	mux.HandleFunc("GET /api/umap", m.getUMAP)
	free := make(chan struct{}, mostDecoded)
	mux.HandleFunc("GET /api/image", func(w http.ResponseWriter, r *http.Request) {
		select {
		case free <- struct{}{}:
			defer func() { <-free }()
			m.getImage(w, r)
		case <-r.Context().Done():
		}
	})
	return mux
}

func (m *Map) getMap(w http.ResponseWriter, _ *http.Request) {
	d := m.data()
	d.Images = m.folder != ""
	reply(w, http.StatusOK, d)
}

// progressOfPage is how far UMAP is.
type progressOfPage struct {
	Epoch  int    `json:"epoch"`
	Epochs int    `json:"epochs"` // 0 while neighbours are looked for
	Done   bool   `json:"done"`
	Error  string `json:"error,omitempty"`
	UMAP   string `json:"umap,omitempty"` // the places by now
}

func (m *Map) getUMAP(w http.ResponseWriter, _ *http.Request) {
	l := m.now()
	p := progressOfPage{Epoch: l.epoch, Epochs: l.epochs, Done: l.done, UMAP: points.Encoded(l.places)}
	if l.err != nil {
		p.Error = terminal.Line(l.err.Error())
	}
	reply(w, http.StatusOK, p)
}

// getImage shows the image of a row, which is all that can be asked for.
func (m *Map) getImage(w http.ResponseWriter, r *http.Request) {
	row, err := strconv.Atoi(r.URL.Query().Get("row"))
	if err != nil || row < 0 || row >= len(m.images) {
		reply(w, http.StatusNotFound, failure{"there is no such row"})
		return
	}
	img, err := m.open(row, shownSide, new(augment.Scratch))
	var text []byte
	if err == nil {
		text, err = imageio.EncodeJPEG(img, quality)
	}
	if err != nil {
		reply(w, http.StatusNotFound, failure{terminal.Line(err.Error())})
		return
	}
	w.Header().Set("Content-Type", "image/jpeg")
	w.Write(text)
}

// failure is the answer of a request that failed.
type failure struct {
	Error string `json:"error"`
}

func reply(w http.ResponseWriter, code int, value any) {
	text, err := json.Marshal(value)
	if err != nil {
		code, text = http.StatusInternalServerError, []byte(`{"error":"the answer cannot be encoded"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	w.Write(text)
}
