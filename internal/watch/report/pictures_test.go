package report

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dino-go/dino/internal/run/pictures"
	"github.com/dino-go/dino/internal/watch/runs"
)

// drawEpochs draws so many epochs of sheets of so many bytes.
func drawEpochs(t *testing.T, path string, epochs, size int) {
	t.Helper()
	f, err := pictures.Open(filepath.Join(path, "pictures"), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Show(pictures.Shown{}, []byte("views")); err != nil {
		t.Fatal(err)
	}
	if err := f.Follow(pictures.Followed{Images: []pictures.File{{Path: "a.png"}}}, []byte("images")); err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= epochs; n++ {
		e := pictures.Epoch{Step: n, Epochs: n}
		sheet := []byte(fmt.Sprint(n, strings.Repeat("x", size)))
		err := f.Add(e, map[pictures.Kind][]byte{pictures.Colours: sheet, pictures.Neighbours: sheet})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// picturesIn are the pictures of a run in a report.
func picturesIn(t *testing.T, html []byte, r *runs.Run) drawn {
	t.Helper()
	_, rest, _ := bytes.Cut(html, []byte(`id="data">`))
	inside, _, _ := bytes.Cut(rest, []byte("</script>"))
	var got struct{ Pictures map[string]drawn }
	if err := json.Unmarshal(inside, &got); err != nil {
		t.Fatal(err)
	}
	return got.Pictures[r.ID]
}

// A report has the pictures of all epochs, each sheet as it is.
func TestPictures(t *testing.T) {
	r := newRun(t, filepath.Join(t.TempDir(), "a"), 10)
	drawEpochs(t, r.Path, 3, 10)
	html, err := within(t.Context(), []*runs.Run{r}, MaxSize)
	if err != nil {
		t.Fatal(err)
	}
	d := picturesIn(t, html, r)
	if len(d.Epochs) != 3 || d.Total != 3 || len(d.Content) != 2+3*2 {
		t.Errorf("%d of %d epochs, %d sheets", len(d.Epochs), d.Total, len(d.Content))
	}
	want := "data:image/png;base64," + base64.StdEncoding.EncodeToString([]byte("2xxxxxxxxxx"))
	if got := d.Content["epoch-0002-colours.png"]; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if !strings.HasPrefix(d.Content["views.jpg"], "data:image/jpeg;base64,") {
		t.Errorf("views are %q", d.Content["views.jpg"])
	}
}

// Of more than fits there are some, evenly spread, the first and the last among them; of several
// runs each has its share, and the report stays below its size.
func TestPicturesAreThinned(t *testing.T) {
	dir := t.TempDir()
	all := []*runs.Run{newRun(t, filepath.Join(dir, "a"), 10), newRun(t, filepath.Join(dir, "b"), 10)}
	for _, r := range all {
		drawEpochs(t, r.Path, 60, 60_000)
	}
	html, err := within(t.Context(), all, MaxSize)
	if err != nil || len(html) > MaxSize {
		t.Fatalf("%d bytes, %v", len(html), err)
	}
	for _, r := range all {
		d := picturesIn(t, html, r)
		n := len(d.Epochs)
		if n < 5 || n > 30 || d.Total != 60 || d.Epochs[0].Epochs != 1 || d.Epochs[n-1].Epochs != 60 {
			t.Fatalf("%d of %d epochs", n, d.Total)
		}
		for i := 1; i < n; i++ {
			if gap := d.Epochs[i].Epochs - d.Epochs[i-1].Epochs; gap < 59/(n-1)-1 || gap > 59/(n-1)+1 {
				t.Errorf("epoch %d follows %d", d.Epochs[i].Epochs, d.Epochs[i-1].Epochs)
			}
		}
	}
	if d := drawnBy(all[0], 1000); len(d.Epochs) != 0 || d.Total != 60 || len(d.Content) != 2 {
		t.Errorf("in 1000 bytes: %d epochs, %d sheets", len(d.Epochs), len(d.Content))
	}
	if d := drawnBy(all[0], 1); len(d.Content) != 0 {
		t.Errorf("in 1 byte: %d sheets", len(d.Content))
	}
}
