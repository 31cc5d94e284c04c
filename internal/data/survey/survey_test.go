package survey

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/image/tiff"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/data/folder"
	"github.com/dino-go/dino/internal/data/imageio"
	"github.com/dino-go/dino/internal/data/synth"
)

var usual = Rules{MaxBadShare: 0.05, SmallestRun: 8}

// files writes files below a new folder.
func files(t *testing.T, content map[string][]byte) string {
	t.Helper()
	root := t.TempDir()
	for name, data := range content {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// drawing is a PNG of an image like no other.
func drawing(number, side int) []byte { return pngOf(synth.Draw(7, number%10, number, side)) }

func pngOf(img image.Image) []byte {
	var file bytes.Buffer
	if err := png.Encode(&file, img); err != nil {
		panic(err)
	}
	return file.Bytes()
}

// drawings are made once.
var drawings = sync.OnceValue(func() (all [60][]byte) {
	for i := range all {
		all[i] = drawing(i, 48)
	}
	return all
})

// healthy are n drawings, at most 60, in two classes.
func healthy(n int) map[string][]byte {
	content := map[string][]byte{}
	for i := range n {
		content[fmt.Sprintf("%c/%03d.png", 'a'+i%2, i)] = drawings()[i]
	}
	return content
}

func survey(t *testing.T, root string, o Options) *Survey {
	t.Helper()
	index, err := folder.Scan(context.Background(), root, folder.Options{Extensions: imageio.Extensions, Lenient: true})
	if err != nil {
		t.Fatal(err)
	}
	s, err := Read(context.Background(), index, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// filled is an image of one colour, but for a change.
func filled(width, height int, c uint8, change func(img *image.Gray)) []byte {
	img := image.NewGray(image.Rect(0, 0, width, height))
	for i := range img.Pix {
		img.Pix[i] = c
	}
	if change != nil {
		change(img)
	}
	return pngOf(img)
}

// dark is a 16-bit image of values up to 700.
func dark() *image.Gray16 {
	img := image.NewGray16(image.Rect(0, 0, 40, 40))
	for i := range 1600 {
		img.SetGray16(i%40, i/40, color.Gray16{Y: uint16(i * 700 / 1600)})
	}
	return img
}

// twoColours is a drawing in black and white.
func twoColours() []byte {
	img := image.NewPaletted(image.Rect(0, 0, 40, 40), color.Palette{color.Black, color.White})
	for i := range img.Pix {
		img.Pix[i] = uint8(i / 7 % 2)
	}
	return pngOf(img)
}

func huge() []byte {
	data := drawing(0, 8)
	copy(data[16:], []byte{0, 1, 0, 0, 0, 1, 0, 0}) // 65536 × 65536
	return data
}

func animation(t *testing.T) []byte {
	t.Helper()
	frame := image.NewPaletted(image.Rect(0, 0, 40, 40), color.Palette{color.Black, color.White, color.Gray{Y: 90}})
	for i := range frame.Pix {
		frame.Pix[i] = uint8(i % 3)
	}
	var file bytes.Buffer
	if err := gif.EncodeAll(&file, &gif.GIF{Image: []*image.Paletted{frame, frame}, Delay: []int{1, 1}}); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// Each fault is found, with its number and an example, and nothing else is.
func TestEveryFault(t *testing.T) {
	var deep bytes.Buffer
	if err := tiff.Encode(&deep, dark(), nil); err != nil {
		t.Fatal(err)
	}
	clear := image.NewNRGBA(image.Rect(0, 0, 48, 48))
	for i := range clear.Pix {
		clear.Pix[i] = uint8(i * i / 97)
	}
	for _, c := range []struct {
		kind, severity string
		count          int
		example        string
		add            map[string][]byte
	}{
		{"bad", Warning, 1, "a/torn.png", map[string][]byte{"a/torn.png": drawing(0, 48)[:200]}},
		{"bad", Warning, 1, "a/empty.jpg", map[string][]byte{"a/empty.jpg": {}}},
		{"bad", Warning, 1, "a/huge.png", map[string][]byte{"a/huge.png": huge()}},
		{"bad", Stop, 3, "a/1.png", map[string][]byte{"a/1.png": {1}, "a/2.png": {2}, "a/3.png": {3}}},
		{"constant", Warning, 2, "b/flat.png", map[string][]byte{
			"b/flat.png":   filled(50, 60, 9, nil),
			"b/nearly.png": filled(64, 64, 80, func(img *image.Gray) { img.Pix[77] = 99 }),
		}},
		{"read-black", Warning, 1, "b/deep.tif", map[string][]byte{"b/deep.tif": deep.Bytes()}},
		{"few-levels", Warning, 1, "b/ink.png", map[string][]byte{"b/ink.png": twoColours()}},
		{
			"tiny", Warning, 2, "b/icon.png",
			map[string][]byte{"b/icon.png": drawing(90, 31), "b/wee.png": drawing(91, 20)},
		},
		{"extreme-aspect", Warning, 1, "b/strip.png", map[string][]byte{"b/strip.png": strip()}},
		{"transparency", Note, 1, "b/clear.png", map[string][]byte{"b/clear.png": pngOf(clear)}},
		{"identical", Warning, 1, "a/000.png", map[string][]byte{"a/copy.png": drawing(0, 48)}},
		{"across-classes", Warning, 1, "a/000.png", map[string][]byte{"b/copy.png": drawing(0, 48)}},
		{"near-identical", Warning, 1, "a/000.png", map[string][]byte{"a/small.jpg": smaller(t)}},
		{"unsupported", Warning, 1, "b/x.HEIC", map[string][]byte{"b/x.HEIC": {0}}},
		{"video", Warning, 1, "v.mp4", map[string][]byte{"v.mp4": {0}}},
		{"archive", Warning, 1, "v.zip", map[string][]byte{"v.zip": {0}}},
		{"misnamed", Warning, 1, "b/noending", map[string][]byte{"b/noending": drawing(1, 48)}},
		{"ignored", Note, 2, "notes.txt", map[string][]byte{"notes.txt": {1}, "b/more.txt": {1}}},
		{
			"split-as-class", Warning, 1, "",
			map[string][]byte{"train/x.png": drawing(60, 48), "train/y.png": drawing(62, 48)},
		},
		{"class-twins", Warning, 1, "", map[string][]byte{"A/x.png": drawing(60, 48), "A/y.png": drawing(62, 48)}},
		{"single-images", Note, 1, "", map[string][]byte{"c/x.png": drawing(60, 48)}},
		{"strays", Warning, 1, "x.png", map[string][]byte{"x.png": drawing(60, 48)}},
	} {
		content := healthy(40)
		for name, data := range c.add {
			content[name] = data
		}
		found := survey(t, files(t, content), Options{}).Findings(usual)
		i := slices.IndexFunc(found, func(f Finding) bool { return f.Kind == c.kind })
		if i < 0 {
			t.Errorf("%s is not found, but %+v", c.kind, found)
			continue
		}
		f := found[i]
		paths := []string{""}
		for _, e := range f.Examples {
			paths = append(paths, e.Path)
		}
		if f.Severity != c.severity || f.Count != c.count || !slices.Contains(paths, c.example) || f.What == "" ||
			f.Advice == "" {
			t.Errorf("%s: got %+v, want severity %s, count %d, example %s", c.kind, f, c.severity, c.count, c.example)
		}
		allowed := []string{c.kind, "few", "identical"}
		for _, other := range found {
			if !slices.Contains(allowed, other.Kind) {
				t.Errorf("beside %s there is %+v", c.kind, other)
			}
		}
	}
}

// strip is a panorama.
func strip() []byte {
	return pngOf(synth.Draw(3, 1, 1, 400).SubImage(image.Rect(0, 150, 400, 240)))
}

// smaller is the first healthy image at half the size, recompressed.
func smaller(t *testing.T) []byte {
	t.Helper()
	img, err := imageio.Decode(drawing(0, 48), imageio.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	half := new(augment.Scratch).Apply(img, augment.Resize{Width: 36, Height: 36, Interpolation: augment.Bicubic})
	data, err := imageio.EncodeJPEG(half, 80)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func listed(found []Finding) (all []string) {
	for _, f := range found {
		all = append(all, f.Severity+" "+f.Kind)
	}
	return all
}

// What stops a training stands first, and what is healthy has no finding.
func TestSeverities(t *testing.T) {
	constants, few := map[string][]byte{}, map[string][]byte{}
	for i := range 20 {
		constants[fmt.Sprintf("%d.png", i)] = filled(40, 40+i, uint8(i), nil)
	}
	for i := range 7 {
		few[fmt.Sprintf("%d.png", i)] = drawing(i, 40)
	}
	for _, c := range []struct {
		name    string
		content map[string][]byte
		want    string
	}{
		{"healthy", healthy(40), "note few"},
		{"one folder among images", map[string][]byte{
			"1.png": drawing(1, 40), "2.png": drawing(2, 40), "3.png": drawing(3, 40), "4.png": drawing(4, 40),
			"5.png": drawing(5, 40), "6.png": drawing(6, 40), "7.png": drawing(7, 40), "more/8.png": drawing(8, 40),
		}, "note few"},
		{"empty", map[string][]byte{"a.txt": {1}}, "stop no-images note ignored"},
		{"constant", constants, "stop constant note few"},
		{"few", few, "stop few"},
		{"splits", map[string][]byte{
			"train/a/1.png": drawing(1, 40), "train/b/2.png": drawing(2, 40), "test/a/1.png": drawing(1, 40),
			"test/b/4.png": drawing(4, 40), "train/a/5.png": drawing(5, 40), "train/a/6.png": drawing(6, 40),
			"train/a/7.png": drawing(7, 40), "train/a/8.png": drawing(8, 40), "train/a/9.png": drawing(9, 40),
		}, "warning identical warning across-splits warning splits note few"},
		{"one folder", map[string][]byte{
			"all/a/1.png": drawing(1, 40), "all/b/2.png": drawing(2, 40), "all/b/3.png": drawing(3, 40),
			"all/b/4.png": drawing(4, 40), "all/b/5.png": drawing(5, 40), "all/b/6.png": drawing(6, 40),
			"all/b/7.png": drawing(7, 40), "all/b/8.png": drawing(8, 40),
		}, "note few note one-folder"},
	} {
		s := survey(t, files(t, c.content), Options{})
		if got := strings.Join(listed(s.Findings(usual)), " "); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

// What is found does not depend on how many look, nor on chance.
func TestWorkersAgree(t *testing.T) {
	content := healthy(60)
	content["a/torn.png"] = drawing(0, 48)[:100]
	for i := range 6 {
		content[fmt.Sprintf("b/copy%d.png", i)] = drawing(3+i, 48)
	}
	root := files(t, content)
	one, many := survey(t, root, Options{Workers: 1}), survey(t, root, Options{Workers: 7})
	one.Took, many.Took = 0, 0
	if !reflect.DeepEqual(one.Findings(usual), many.Findings(usual)) || !reflect.DeepEqual(one.Images, many.Images) {
		t.Error("one worker and seven find different things")
	}
}

func TestSample(t *testing.T) {
	root := files(t, healthy(50))
	last, calls := 0, 0
	s := survey(t, root, Options{Most: 20, Workers: 1, Progress: func(done, total int) {
		calls++
		if done != last+1 || total != 20 {
			t.Errorf("progress %d of %d after %d", done, total, last)
		}
		last = done
	}})
	if len(s.Images) != 20 || s.Whole() || calls != 20 {
		t.Errorf("%d images, %d calls", len(s.Images), calls)
	}
	// Spread evenly: of each fifth of the folder a fifth, give or take one.
	var fifths [5]int
	for _, m := range s.Images {
		fifths[m.Number/10]++
	}
	for _, n := range fifths {
		if n < 3 || n > 5 {
			t.Errorf("of the fifths %v were looked at", fifths)
		}
	}
	if s := survey(t, root, Options{Time: time.Nanosecond}); len(s.Images) != 0 || s.Whole() {
		t.Errorf("%d images in no time", len(s.Images))
	}
}

func TestSpreadIsAPermutation(t *testing.T) {
	for n := 1; n < 400; n++ {
		order, seen := spread(n), map[int]bool{}
		for k := range n {
			seen[order(k)] = true
		}
		if len(seen) != n {
			t.Fatalf("of %d places %d are visited", n, len(seen))
		}
	}
}

func TestCancel(t *testing.T) {
	index, err := folder.Scan(context.Background(), files(t, healthy(30)),
		folder.Options{Extensions: imageio.Extensions})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	seen := 0
	_, err = Read(ctx, index, Options{Workers: 1, Progress: func(int, int) {
		if seen++; seen == 3 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) || seen != 3 {
		t.Errorf("got %v after %d images", err, seen)
	}
}

// Files that are gone, or that cannot be opened, are no bad images; of many the survey gives up.
func TestUnreadable(t *testing.T) {
	root := files(t, healthy(60))
	index, err := folder.Scan(context.Background(), root, folder.Options{Extensions: imageio.Extensions})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 30 {
		if err := os.Remove(index.Path(i)); err != nil {
			t.Fatal(err)
		}
	}
	s, err := Read(context.Background(), index, Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	found := s.Findings(usual)
	if !s.GaveUp || s.Bad() != 0 || found[0].Kind != "unreadable" || found[0].Count != maxUnreadable ||
		found[0].Severity != Stop || !strings.Contains(found[0].What, "went no further") {
		t.Errorf("gave up: %v; %+v", s.GaveUp, found)
	}
}

// Folders named like images, links to links, loops: nothing hangs, and a broken link is a finding.
func TestHostileFolder(t *testing.T) {
	content := healthy(20)
	content["a/folder.png/inside.png"] = drawing(33, 40)
	root := files(t, content)
	for link, target := range map[string]string{"a/loop": root, "b/gone.png": "nowhere.png", "b/link.png": "001.png"} {
		if err := os.Symlink(target, filepath.Join(root, link)); err != nil {
			t.Skipf("no symbolic links here: %v", err)
		}
	}
	s := survey(t, root, Options{})
	found := s.Findings(usual)
	if found[0].Kind != "refused" || found[0].Examples[0].Path != "b/gone.png" || len(s.Images) != 22 {
		t.Errorf("got %d images, %+v", len(s.Images), found)
	}
	got := strings.Join(listed(found), " ")
	if want := "stop refused warning identical note few note linked-twice"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestTallies(t *testing.T) {
	content := map[string][]byte{
		"1.png": drawing(1, 100), "2.png": drawing(2, 60), "3.png": filled(30, 20, 7, nil), "4.gif": animation(t),
		"5.jpg": drawing(5, 500), "torn.png": drawing(0, 48)[:60],
	}
	s := survey(t, files(t, content), Options{})
	if got := fmt.Sprint(s.Formats()); got != "[{png 5} {gif 1}]" {
		t.Errorf("formats %s", got)
	}
	if got := fmt.Sprint(s.Stored()); got != "[{rgb 3 8 false 4} {grey 1 8 false 1} {palette 1 2 false 1}]" {
		t.Errorf("stored as %s", got)
	}
	z := s.Sizes()
	if z.Smallest != (Size{30, 20}) || z.Median != (Size{60, 60}) || z.Largest != (Size{500, 500}) ||
		z.ShorterSide != 60 {
		t.Errorf("sizes %+v", z)
	}
	if got := fmt.Sprint(z.Buckets); got != "[{1 32 1} {32 64 2} {64 128 1} {128 224 0} {224 448 0} {448 896 1} {896 "+
		"1792 0} {1792 3584 0} {3584 0 0}]" {
		t.Errorf("buckets %s", got)
	}
	if s.Decoded() != 5 || s.Bad() != 1 {
		t.Errorf("%d decoded, %d bad", s.Decoded(), s.Bad())
	}
}
