package contactsheet

import (
	"bytes"
	"encoding/base64"
	"image/jpeg"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/data/imageio"
)

// saved writes an image of one grey.
func saved(t *testing.T, width, height int, grey uint8) string {
	t.Helper()
	img := augment.NewImage(width, height)
	for i := range img.Pix {
		img.Pix[i] = grey
	}
	data, err := imageio.EncodePNG(img)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "a.png")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func written(t *testing.T, p Page) (text string, unreadable int) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "page.html")
	unreadable, err := p.Write(path)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data), unreadable
}

var embedded = regexp.MustCompile(`<img src="data:image/jpeg;base64,([^"]+)" width="(\d+)" height="(\d+)"`)

func TestPage(t *testing.T) {
	text, unreadable := written(t, Page{Title: "Groups", Summary: "two of them", Groups: []Group{
		{
			Title: "first", Total: 9,
			Pictures: []Picture{
				{saved(t, 288, 72, 200), "x/a.png", "0.99"},
				{saved(t, 20, 30, 90), "x/b.png", "0.98"},
			},
		},
		{Title: "second", Total: 1, Pictures: []Picture{{"none.png", "x/c.png", "lost"}}},
	}})
	if unreadable != 1 || !strings.Contains(text, `<div class="unreadable">`) || !strings.Contains(text, "none.png") {
		t.Errorf("%d images are unreadable, want 1, with the reason", unreadable)
	}
	order := []string{
		"<h1>Groups</h1>", "two of them", "<h2>first</h2>", `title="x/a.png"`, "0.99", `title="x/b.png"`,
		"0.98", "and 7 more", "<h2>second</h2>", "lost",
	}
	place := 0
	for _, part := range order {
		at := strings.Index(text[place:], part)
		if at < 0 {
			t.Fatalf("%q is not on the page, or not in order", part)
		}
		place += at
	}
	if strings.Count(text, "more</p>") != 1 {
		t.Error("a group that is shown whole has more")
	}
	images := embedded.FindAllStringSubmatch(text, -1)
	if len(images) != 2 {
		t.Fatalf("%d thumbnails, want 2", len(images))
	}
	for i, want := range []struct {
		width, height string
		grey          uint32
	}{{"144", "36", 200}, {"20", "30", 90}} {
		data, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(images[i][1], "&#43;", "+"))
		if err != nil {
			t.Fatal(err)
		}
		img, err := jpeg.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		r, _, _, _ := img.At(3, 3).RGBA()
		if images[i][2] != want.width || images[i][3] != want.height || r>>8 < want.grey-2 || r>>8 > want.grey+2 {
			t.Errorf("thumbnail %d is %s×%s of grey %d, want %+v", i, images[i][2], images[i][3], r>>8, want)
		}
	}
}

// A page refers to nothing outside itself.
func TestPageIsSelfContained(t *testing.T) {
	text, _ := written(t, Page{
		Title:  "a",
		Groups: []Group{{Title: "b", Total: 1, Pictures: []Picture{{saved(t, 9, 9, 9), "c", "d"}}}},
	})
	if n := strings.Count(text, "src="); n != 1 || strings.Count(text, `src="data:`) != n {
		t.Errorf("the page has %d sources, want one, within itself", n)
	}
	if outside := regexp.MustCompile(`href|url\(|@import|https?:`).FindString(text); outside != "" {
		t.Errorf("the page has %q", outside)
	}
}

// What comes from file names is text.
func TestNamesAreText(t *testing.T) {
	const evil = `"><script>alert(1)</script>`
	text, _ := written(t, Page{
		Title: evil, Summary: evil,
		Groups: []Group{{Title: evil, Total: 1, Pictures: []Picture{{evil, evil, evil}}}},
	})
	if strings.Contains(text, "<script") || strings.Contains(text, `title=""`) {
		t.Error("a name became a tag")
	}
}

func TestWriteFails(t *testing.T) {
	if _, err := (Page{}).Write(filepath.Join(t.TempDir(), "no", "page.html")); err == nil {
		t.Error("a page was written into a folder that is not there")
	}
}
