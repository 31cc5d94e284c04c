package server

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dino-go/dino/internal/run/pictures"
)

// drawIn draws an epoch into the folder of a run.
func drawIn(t *testing.T, path string) {
	t.Helper()
	f, err := pictures.Open(filepath.Join(path, "pictures"), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Follow(pictures.Followed{Images: []pictures.File{{Path: "<b>.png"}}}, []byte("images")); err != nil {
		t.Fatal(err)
	}
	e := pictures.Epoch{Step: 9, Epochs: 1}
	if err := f.Add(e, map[pictures.Kind][]byte{pictures.Attention: []byte("attention")}); err != nil {
		t.Fatal(err)
	}
}

// The page gets what was drawn and the sheets that are named there, of this run and by their names
// alone.
func TestPictures(t *testing.T) {
	dir := t.TempDir()
	newRun(t, filepath.Join(dir, "a"), 25)
	newRun(t, filepath.Join(dir, "b"), 25)
	drawIn(t, filepath.Join(dir, "a"))
	s := serve(t, dir, false)
	overview := answered[Overview](s, "/api/runs")
	a, b := overview.Runs[0], overview.Runs[1]
	if a.Pictures == 0 || b.Pictures != 0 {
		t.Errorf("drawn at %d and %d", a.Pictures, b.Pictures)
	}
	got := answered[Pictures](s, "/api/pictures?id="+a.ID)
	if got.Error != "" || got.Followed == nil || got.Followed.Images[0].Path != "<b>.png" || len(got.Epochs) != 1 {
		t.Errorf("%+v", got)
	}
	if got := answered[Pictures](s, "/api/pictures?id="+b.ID); got.Followed != nil || got.Epochs == nil ||
		got.Error != "" {
		t.Errorf("a run without: %+v", got)
	}
	response, body := s.ask("GET", "/api/sheet?id="+a.ID+"&name=epoch-0001-attention.png", "", nil)
	if response.StatusCode != 200 || body != "attention" || response.Header.Get("Content-Type") != "image/png" ||
		response.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%d %s %v", response.StatusCode, body, response.Header)
	}
	for _, query := range []string{
		"", "id=none&name=images.jpg", "id=" + a.ID, "id=" + a.ID + "&name=../metrics.jsonl",
		"id=" + a.ID + "&name=epochs.jsonl", "id=" + a.ID + "&name=epoch-0002-attention.png",
		"id=" + b.ID + "&name=images.jpg",
	} {
		response, body := s.ask("GET", "/api/sheet?"+query, "", nil)
		if response.StatusCode != 404 || strings.Contains(body, dir) {
			t.Errorf("%s: %d %s", query, response.StatusCode, body)
		}
	}
}

// What cannot be read is an error beside what can, and a link leads nowhere.
func TestPicturesDamaged(t *testing.T) {
	dir := t.TempDir()
	run := filepath.Join(dir, "a")
	newRun(t, run, 5)
	drawIn(t, run)
	s := serve(t, dir, false)
	id := answered[Overview](s, "/api/runs").Runs[0].ID
	write(t, filepath.Join(run, "pictures", "views.json"), "{")
	if got := answered[Pictures](s, "/api/pictures?id="+id); got.Error == "" || len(got.Epochs) != 1 {
		t.Errorf("%+v", got)
	}
	sheet := filepath.Join(run, "pictures", "images.jpg")
	if err := os.Remove(sheet); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "secret"), "secret")
	if err := os.Symlink(filepath.Join(dir, "secret"), sheet); err != nil {
		t.Skip("no links here: ", err)
	}
	if response, body := s.ask("GET", "/api/sheet?name=images.jpg&id="+id, "", nil); response.StatusCode != 500 ||
		body == "secret" {
		t.Errorf("%d %s", response.StatusCode, body)
	}
}
