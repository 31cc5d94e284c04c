package pretrain

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/dino-go/dino/internal/data/stored"
	"github.com/dino-go/dino/internal/run/config"
	"github.com/dino-go/dino/internal/run/trainer"
	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/weights/layout"
)

// twelveBits has drawings of 12 bits in 16-bit files.
func twelveBits(t *testing.T) string {
	return drawings16(t, 24, 12)
}

// A run on 12-bit images in 16-bit files sees their grey levels: the range is measured once, said,
// saved with the run, with the weights and in what starts from them, and not measured again.
func TestRangeOfARun(t *testing.T) {
	o := tinyRun(t, "data.dir="+strconv.Quote(twelveBits(t)), "data.normalization=auto",
		"data.range=auto", "knn.every_epochs=0")
	d, err := o.run(t, 1)
	if !errors.Is(err, trainer.ErrInterrupted) {
		t.Fatal(err)
	}
	said := func(d *diary) int {
		n := 0
		for _, line := range d.heard {
			if strings.HasPrefix(line, "note: data.range auto: values from ") ||
				strings.HasPrefix(line, "note: data.normalization auto: ") {
				n++
			}
		}
		return n
	}
	if said(d) != 2 {
		t.Errorf("heard %q", d.heard)
	}
	if slices.ContainsFunc(d.heard, func(line string) bool {
		return strings.Contains(line, "black") && !strings.Contains(line, "data.range auto")
	}) {
		t.Errorf("heard %q", d.heard)
	}
	saved, err := config.Read(filepath.Join(o.Dir, "config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if r := saved.Data.Range.Range[0]; saved.Data.Range.Word != "" || r[0] < 0 || r[1] < 2000 || r[1] > 4095 {
		t.Errorf("saved range %v", saved.Data.Range)
	}
	if saved.Augment.Mean == layout.ImageNetMean || saved.Data.Normalization != config.NormalizationGiven {
		t.Errorf("saved mean %v, normalization %s", saved.Augment.Mean, saved.Data.Normalization)
	}
	goneOn, err := o.run(t, 0)
	if err != nil || said(goneOn) != 0 {
		t.Errorf("a run that goes on: %v, heard %q", err, goneOn.heard)
	}
	for _, source := range []string{o.Dir, filepath.Join(o.Dir, "teacher.safetensors")} {
		described, err := layout.Describe(source, layout.Options{})
		if err != nil || described.Preprocessing.Range != saved.Data.Range.Range {
			t.Errorf("%s: range %v, %v, want %v", source, described.Preprocessing.Range, err, saved.Data.Range)
		}
	}
	next := tinyRun(t, "data.dir="+strconv.Quote(twelveBits(t)), "init="+strconv.Quote(o.Dir), "knn.every_epochs=0")
	if _, err := next.run(t, 1); !errors.Is(err, trainer.ErrInterrupted) {
		t.Fatal(err)
	}
	if c, err := config.Read(filepath.Join(next.Dir, "config.yaml")); err != nil || c.Data.Range != saved.Data.Range {
		t.Errorf("a run from the weights has range %v, %v", c.Data.Range, err)
	}
}

// What the images are read with depends on the option alone.
func TestRangeOptions(t *testing.T) {
	dir := twelveBits(t)
	for text, want := range map[string]stored.Choice{
		"type": {}, "[0, 4095]": stored.Given(stored.Uniform(0, 4095)),
		"[[0, 1], [0, 2], [0, 3]]": stored.Given(stored.Range{{0, 1}, {0, 2}, {0, 3}}),
	} {
		o := tinyRun(t, "data.dir="+strconv.Quote(dir), "data.range="+text, "knn.every_epochs=0")
		if _, err := o.run(t, 1); !errors.Is(err, trainer.ErrInterrupted) {
			t.Fatal(text, err)
		}
		c, err := config.Read(filepath.Join(o.Dir, "config.yaml"))
		if err != nil || c.Data.Range != want {
			t.Errorf("%s: saved as %v, %v", text, c.Data.Range, err)
		}
		o.Config.Set = append(o.Config.Set, "data.range=[0, 77]")
		if _, err := o.run(t, 2); err == nil ||
			!strings.Contains(err.Error(), "data.range is [0, 77], the run was begun with") {
			t.Errorf("%s: changed while the run goes on: %v", text, err)
		}
	}
	o := tinyRun(t, "data.dir="+strconv.Quote(dir), "data.range=[5, 5]")
	if _, err := o.run(t, 1); err == nil ||
		!strings.Contains(err.Error(),
			"data.range is [5, 5]: a range is [5, 5]: its low end must be below its high end") {
		t.Errorf("got %v", err)
	}
}

// Pages of a stack are the first one, which is said, or each an image.
func TestPagesOfARun(t *testing.T) {
	dir := t.TempDir()
	for i := range 6 {
		pages := make([][]uint16, 4)
		for p := range pages {
			pages[p] = make([]uint16, 32*32)
			for k := range pages[p] {
				pages[p][k] = uint16(k*(i+1)*(p+2)) % 4096
			}
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.tif", i)), testkit.TIFFStack(32, 16, pages...),
			0o600); err != nil {
			t.Fatal(err)
		}
	}
	heard := func(set ...string) string {
		o := tinyRun(t, append([]string{"data.dir=" + strconv.Quote(dir), "knn.every_epochs=0", "train.batch_size=4"},
			set...)...)
		d, err := o.run(t, 1)
		if !errors.Is(err, trainer.ErrInterrupted) {
			t.Fatal(err)
		}
		return strings.Join(d.heard, "\n")
	}
	if got := heard(); !strings.Contains(got,
		"of 6 files that were looked into, 6 hold several pages, of which the first is read") {
		t.Errorf("heard %s", got)
	}
	if got := heard("data.pages=all"); !strings.Contains(got, "data.pages all: 6 files hold 24 images") {
		t.Errorf("heard %s", got)
	}
	if got := heard("data.pages=channels"); strings.Contains(got, "several pages, of which") {
		t.Errorf("heard %s", got)
	}
}

// A large image is shrunk while it is decoded, where crops need less; the smallest crop is not
// enlarged.
func TestEnough(t *testing.T) {
	c, err := config.Preset(config.Paper, config.Facts{})
	if err != nil {
		t.Fatal(err)
	}
	if got := readingOf(&c); got.Enough != 430 || got.MostBytes != 512<<20 || got.Budget == nil {
		t.Errorf("enough is %d, at most %d bytes", got.Enough, got.MostBytes)
	}
	c.Data.DecodeMB = 0
	if got := readingOf(&c); got.Enough != 0 || got.MostBytes != 0 || got.Budget != nil {
		t.Errorf("without a bound: %+v", got)
	}
}

// Images of kinds that are not read are counted and named in the line about the images.
func TestUnreadKindsAreNamed(t *testing.T) {
	dir := twelveBits(t)
	for _, name := range []string{"a.heic", "b.HEIC", "c.heif", "d.dcm", "e.txt"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	o := tinyRun(t, "data.dir="+strconv.Quote(dir), "knn.every_epochs=0")
	d, err := o.run(t, 1)
	if !errors.Is(err, trainer.ErrInterrupted) {
		t.Fatal(err)
	}
	want := "; left out: images of kinds that are not read (3 HEIC, 1 DICOM; `dino check` says how to convert them); " +
		"left out: 1 file that is no image (1 .txt)"
	if !strings.Contains(d.heard[0], want) {
		t.Errorf("heard %s", d.heard[0])
	}
}
