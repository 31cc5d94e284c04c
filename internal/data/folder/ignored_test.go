package folder

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestIgnoredByEnding(t *testing.T) {
	x := mustScan(t, makeTree(t, "a.jpg", "b.heic", "c/d.HEIC", "readme", "e.txt", ".DS_Store", ".git/x.jpg",
		"f.0123456789abcdef0123456789"))
	want := []Ignored{
		{Ending: "", Count: 2, Examples: []string{"f.0123456789abcdef0123456789", "readme"}},
		{Ending: ".heic", Count: 2, Examples: []string{"b.heic", "c/d.HEIC"}},
		{Ending: ".txt", Count: 1, Examples: []string{"e.txt"}},
	}
	if diff := cmp.Diff(want, x.Ignored); diff != "" {
		t.Errorf("ignored (-want +got):\n%s", diff)
	}
	if x.Others != 5 || x.Hidden != 2 {
		t.Errorf("%d others and %d hidden, want 5 and 2", x.Others, x.Hidden)
	}
}

// A folder of endings without end takes bounded memory, and every file is counted.
func TestIgnoredIsBounded(t *testing.T) {
	s := &scanner{}
	for i := range 10_000 {
		s.ignore(fmt.Sprintf("a.%d", i))
	}
	total := 0
	for _, e := range s.byCount() {
		total += e.Count
		if len(e.Examples) > maxExamples {
			t.Errorf("%d examples of %q", len(e.Examples), e.Ending)
		}
	}
	if total != 10_000 || s.others != 10_000 || len(s.ignored) > maxEndings+1 {
		t.Errorf("%d files of %d endings, want 10000 of at most %d", total, len(s.ignored), maxEndings+1)
	}
}

// A lenient scan lists what another one fails on.
func TestLenientScan(t *testing.T) {
	root := makeTree(t, "a/x.jpg", "b/y.jpg")
	mustSymlink(t, filepath.Join(root, "nowhere"), filepath.Join(root, "a", "link.jpg"))
	if _, err := Scan(context.Background(), root, jpegOnly); err == nil {
		t.Error("a link without target is passed over")
	}
	lenient := jpegOnly
	lenient.Lenient = true
	x, err := Scan(context.Background(), root, lenient)
	if err != nil {
		t.Fatal(err)
	}
	if x.Len() != 2 || len(x.Classes) != 2 || len(x.Refused) != 1 || x.Refused[0].Path != "a/link.jpg" ||
		!strings.Contains(x.Refused[0].Err.Error(), "has the name of an image") {
		t.Errorf("got %d files, classes %v, refused %v", x.Len(), x.Classes, x.Refused)
	}
	x, err = Scan(context.Background(), makeTree(t, "a.txt", "b/"), lenient)
	if err != nil || x.Len() != 0 || x.Labelled() || x.WhyUnlabelled != "there are no images" || x.Others != 1 {
		t.Errorf("without images: %+v, %v", x, err)
	}
	if _, err := Scan(context.Background(), filepath.Join(root, "none"), lenient); err == nil {
		t.Error("a folder that does not exist is an index")
	}
}
