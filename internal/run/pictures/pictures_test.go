package pictures

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dino-go/dino/internal/testkit"
)

var followed = Followed{Images: []File{{"cat/a.png", "cat"}, {"dog/b.png", "dog"}}}

// write is a run that goes from a step on, with an epoch of ten steps.
func write(t *testing.T, path string, from, epochs int) {
	t.Helper()
	f, err := Open(path, from)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if from == 0 {
		if err := f.Show(Shown{Images: followed.Images, Global: Crops{2, 2, 48}}, []byte("views")); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Follow(followed, []byte("images")); err != nil {
		t.Fatal(err)
	}
	for n := from/10 + 1; n <= epochs; n++ {
		before, err := f.Before()
		if err != nil {
			t.Fatal(err)
		}
		e := Epoch{Step: 10*n - 1, Epochs: n, Neighbours: [][]Neighbour{{{File{"x.png", ""}, 0.5}}, {}}}
		err = f.Add(e, map[Kind][]byte{Attention: []byte("attention"), Colours: fmt.Appendf(nil, "%s<%d", before, n)})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// files are all files of a folder with their content.
func files(t *testing.T, path string) map[string]string {
	t.Helper()
	all := map[string]string{}
	entries, err := os.ReadDir(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(path, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all[e.Name()] = string(text)
	}
	return all
}

// Whatever was written behind the checkpoint that a run goes on from, and however torn it is: in
// the end the folder is that of a run that was not interrupted.
func TestFolderOfARunThatGoesOn(t *testing.T) {
	whole := filepath.Join(t.TempDir(), "pictures")
	write(t, whole, 0, 5)
	for name, damage := range map[string]func(path string) error{
		"as it was": func(string) error { return nil },
		"a torn line": func(path string) error {
			return appendTo(filepath.Join(path, Log), `{"step":49,"epo`)
		},
		"no line but its sheet": func(path string) error {
			return os.WriteFile(filepath.Join(path, "epoch-0009-colours.png"), []byte("later"), 0o600)
		},
		"a file that was being written": func(path string) error {
			return os.WriteFile(filepath.Join(path, ".epoch-0004-colours.png.tmp-12"), []byte("half"), 0o600)
		},
	} {
		path := filepath.Join(t.TempDir(), "pictures")
		write(t, path, 0, 4)
		if err := damage(path); err != nil {
			t.Fatal(err)
		}
		write(t, path, 20, 5)
		if diff := cmp.Diff(files(t, whole), files(t, path)); diff != "" {
			t.Errorf("%s: -whole +resumed\n%s", name, diff)
		}
	}
}

func appendTo(path, text string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.WriteString(text)
	return err
}

// A run that starts over leaves nothing of the attempt before, and one that follows other images no
// epoch.
func TestFolderStartsOver(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pictures")
	write(t, path, 0, 3)
	f, err := Open(path, 0)
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	if got := files(t, path); len(got) != 1 || got[Log] != "" {
		t.Errorf("started over: %v", got)
	}
	write(t, path, 0, 3)
	if f, err = Open(path, 30); err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Follow(Followed{Images: followed.Images[:1]}, []byte("one")); err != nil {
		t.Fatal(err)
	}
	got := files(t, path)
	if got[Log] != "" || got["images.jpg"] != "one" || got["views.jpg"] != "views" || len(got) != 5 {
		t.Errorf("others are followed: %v", got)
	}
	if before, err := f.Before(); before != nil || err != nil {
		t.Errorf("colours of others are %q, %v", before, err)
	}
}

// What is read is what was written.
func TestRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pictures")
	if got, err := Read(path); err != nil || got.Followed != nil || got.Views != nil || len(got.Epochs) != 0 {
		t.Errorf("of no folder: %+v, %v", got, err)
	}
	write(t, path, 0, 2)
	got, err := Read(path)
	if err != nil || got.Followed == nil || got.Views == nil {
		t.Fatalf("%+v, %v", got, err)
	}
	if !slices.Equal(got.Followed.Images, followed.Images) || got.Views.Sheet != "views.jpg" ||
		got.Views.Global.Size != 48 || len(got.Epochs) != 2 {
		t.Errorf("%+v", got)
	}
	e := got.Epochs[1]
	if e.Step != 19 || e.Epochs != 2 || e.Sheets[Colours] != "epoch-0002-colours.png" ||
		e.Neighbours[0][0].Path != "x.png" {
		t.Errorf("%+v", e)
	}
	sheet, err := Sheet(path, e.Sheets[Colours])
	if err != nil || string(sheet) != "<1<2" || Type(e.Sheets[Colours]) != "image/png" {
		t.Errorf("sheet %q, %v", sheet, err)
	}
}

// Files of others cost no more than their bound, name nothing outside, and lead nowhere.
func TestReadHostile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pictures")
	write(t, path, 0, 2)
	long := strings.Repeat("x", 1500)
	name := func(name string) string {
		return fmt.Sprintf(`{"step":1,"epochs":1,"sheets":{"attention":%q}}`, name)
	}
	for _, line := range []string{
		name("../config.yaml"), name("/etc/passwd"), name("epoch-0002-attention.png"), name("epoch-0001-colours.png"),
		"[]", "null", "1", `{"sheets":{}}`, `{"step":-1,"epochs":1,"sheets":{}}`, strings.Repeat("[", 100),
		`{"step":1,"epochs":1,"sheets":{"\u003cscript\u003e":"images.jpg"}}`,
	} {
		if err := os.WriteFile(filepath.Join(path, Log), []byte(line+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := Read(path); err != nil || len(got.Epochs) != 0 {
			t.Errorf("%.60s: %+v, %v", line, got.Epochs, err)
		}
	}
	many := Epoch{Step: 1, Epochs: 1, Sheets: map[Kind]string{}, Missing: map[Kind]string{"<b>": "", Colours: long}}
	for range 70 {
		many.Neighbours = append(many.Neighbours, slices.Repeat([]Neighbour{{File: File{long, long}}}, 20))
	}
	line, err := json.Marshal(many)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(path, Log), []byte(strings.Repeat(string(line)+"\n", 3)), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := Read(path)
	if err != nil || len(got.Epochs) != 3 || len(got.Epochs[0].Neighbours) != 2 ||
		len(got.Epochs[0].Neighbours[0]) != maxNear || len(got.Epochs[0].Neighbours[0][0].Path) > maxText+3 ||
		len(got.Epochs[0].Missing) != 1 || len(got.Epochs[0].Missing[Colours]) > maxText+3 {
		t.Errorf("%d epochs, %v", len(got.Epochs), err)
	}
	for _, name := range []string{
		"", "images.json", "../metrics.jsonl", "epoch-1-colours.png", "a/images.jpg",
		"views.svg",
	} {
		if _, err := Sheet(path, name); err == nil {
			t.Errorf("%q was read", name)
		}
	}
	if err := os.WriteFile(filepath.Join(path, imagesFile), []byte(`{"version":2}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := Read(path); err != nil || got.Followed != nil {
		t.Errorf("of another version: %+v, %v", got.Followed, err)
	}
}

// No link is followed, neither to a file nor to a folder.
func TestReadLinks(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "pictures"), filepath.Join(dir, "link")
	write(t, path, 0, 1)
	if err := os.Symlink(path, link); err != nil {
		t.Skip("no links here: ", err)
	}
	if _, err := Read(link); err == nil {
		t.Error("a folder was read through a link")
	}
	if _, err := Sheet(link, "images.jpg"); err == nil {
		t.Error("a sheet was read in a folder behind a link")
	}
	if _, err := Open(link, 0); err == nil {
		t.Error("a folder was opened through a link")
	}
	secret, sheet := filepath.Join(dir, "secret"), filepath.Join(path, "views.jpg")
	if err := os.Rename(sheet, secret); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(secret, sheet); err != nil {
		t.Fatal(err)
	}
	_, err := Sheet(path, "views.jpg")
	testkit.RequireError(t, err, "symbolic link")
}
