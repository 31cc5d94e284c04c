package check

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/dino-go/dino/internal/data/synth"
)

// evil is a name that would be a tag, steer a terminal, or forge a line.
const evil = "\"><script>alert(1)<\x1b[2J\n\u202e"

// folderOf writes n drawings and two copies under an evil name.
func folderOf(t *testing.T, n int) string {
	t.Helper()
	root := t.TempDir()
	for i := range n {
		draw(t, filepath.Join(root, fmt.Sprintf("%02d.png", i)), i)
	}
	if runtime.GOOS == "linux" {
		draw(t, filepath.Join(root, evil+".png"), 0)
	}
	return root
}

func draw(t *testing.T, path string, number int) {
	t.Helper()
	var file bytes.Buffer
	if err := png.Encode(&file, synth.Draw(5, number%10, number, 40)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestPageIsSelfContainedAndNamesAreText(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("file systems elsewhere refuse such names")
	}
	root := folderOf(t, 12)
	page := filepath.Join(t.TempDir(), "page.html")
	var out bytes.Buffer
	o := Options{Data: root, HTML: page, ImagesOnly: true, Quiet: true, JSON: true, stdout: &out, stderr: &out}
	if err := run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(text, []byte("<script")) || bytes.Contains(text, []byte("<img src=\"data")) == false {
		t.Error("a name became a tag, or there is no picture")
	}
	if n := bytes.Count(text, []byte("src=")); n != bytes.Count(text, []byte(`src="data:image/jpeg;base64,`)) ||
		n != 2 {
		t.Errorf("the page has %d sources, want 2, both within itself", n)
	}
	if outside := regexp.MustCompile(`href|url\(|@import|https?:`).Find(text); outside != nil {
		t.Errorf("the page has %q", outside)
	}
	var got report
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	f := got.Findings[0]
	if !got.CanTrain || f.Kind != "identical" || f.Examples[0].Path != evil+".png" || f.Examples[0].Group != 1 {
		t.Errorf("got %+v", got)
	}
}

// The text steers no terminal, and is wrapped to its width and not in a pipe.
func TestText(t *testing.T) {
	root := folderOf(t, 12)
	var out bytes.Buffer
	r := reportOf(t, Options{Data: root, ImagesOnly: true, Quiet: true, JSON: true, stdout: &out, stderr: &out})
	for _, width := range []int{0, 60, 100} {
		text := string(r.text(width))
		longest := 0
		for line := range strings.Lines(text) {
			longest = max(longest, utf8.RuneCountInString(strings.TrimSuffix(line, "\n")))
		}
		if strings.ContainsAny(text, "\x1b\u202e") || strings.Contains(text, "alert(1)<\n") {
			t.Errorf("width %d: a name steers the terminal: %q", width, text)
		}
		// The name of the folder has no space at which it could be wrapped.
		if limit := max(width, 10+len(root)); width > 0 && longest > limit || width == 0 && longest < 110 {
			t.Errorf("width %d: the longest line has %d characters", width, longest)
		}
	}
}

func reportOf(t *testing.T, o Options) *report {
	t.Helper()
	out := o.stdout.(*bytes.Buffer)
	if err := run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	r := new(report)
	if err := json.Unmarshal(out.Bytes(), r); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestTimes(t *testing.T) {
	for x, want := range map[float64]string{0.0123: "12 ms", 3.44: "3.4 s", 90: "1m 30s"} {
		if got := short(x); got != want {
			t.Errorf("%v s: %s, want %s", x, got, want)
		}
	}
	if got := figures(1234.5); got != 1230 {
		t.Errorf("got %v", got)
	}
}

// Findings stand in the order of their severity, whoever adds them.
func TestAdd(t *testing.T) {
	r := &report{CanTrain: true}
	for _, severity := range []string{"note", "stop", "warning", "note", "warning", "stop"} {
		r.add(finding{Severity: severity, Kind: fmt.Sprint(len(r.Findings))})
	}
	var order []string
	for _, f := range r.Findings {
		order = append(order, f.Kind)
	}
	if got := strings.Join(order, " "); got != "1 5 2 4 0 3" || r.CanTrain {
		t.Errorf("order %s, can train %v", got, r.CanTrain)
	}
}

// A run on images that take longer to load than to compute with is called so, and photographs far
// larger than the crops are named as the reason.
func TestDataBound(t *testing.T) {
	root := t.TempDir()
	big := image.NewNRGBA(image.Rect(0, 0, 800, 600))
	for i := range big.Pix {
		big.Pix[i] = uint8(i*i>>9 ^ i>>3)
	}
	for i := range 9 {
		big.Pix[i*4000] ^= 0x55
		var file bytes.Buffer
		if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&file, big); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, fmt.Sprintf("%d.png", i)), file.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	r := reportOf(t, Options{
		Data: root, File: "../testdata/tiny.yaml", Set: []string{"data.cache_mb=0", "data.prefetch=1"}, Quiet: true,
		JSON: true, Time: time.Minute, stdout: &out, stderr: &out,
	})
	at := -1
	for i, f := range r.Findings {
		if f.Kind == "data-bound" {
			at = i
		}
	}
	m := r.Run.Measured
	if at < 0 || !strings.Contains(r.Findings[at].Advice, "800 × 600") || m.Bottleneck != "loading" ||
		m.Loading >= m.Computing || m.Wait < 0.3 || m.Whole <= 0 {
		t.Errorf("findings %+v, measured %+v", r.Findings, m)
	}
}

// Every kind of finding stands in docs/check.md, and nothing else does.
func TestKindsAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../../../docs/check.md")
	if err != nil {
		t.Fatal(err)
	}
	documented, known := map[string]bool{}, map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if cells := strings.Split(line, "|"); len(cells) == 6 {
			for _, kind := range regexp.MustCompile("`([a-z-]+)`").FindAllStringSubmatch(cells[1], -1) {
				documented[kind[1]] = true
			}
		}
	}
	sources, err := filepath.Glob("../../data/survey/*.go")
	if err != nil {
		t.Fatal(err)
	}
	here, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	// In literals of findings, in calls that make them, and in the table of ignored kinds.
	kind := regexp.MustCompile(`(?:Kind: |f\.Kind, f\.What = |ignoredFinding\(|\{\n\t\t)"([a-z-]+)",`)
	for _, path := range append(sources, here...) {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		code, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range kind.FindAllStringSubmatch(string(code), -1) {
			known[found[1]] = true
		}
	}
	for k := range known {
		if !documented[k] {
			t.Errorf("docs/check.md does not have the kind %s", k)
		}
	}
	for k := range documented {
		if !known[k] {
			t.Errorf("docs/check.md has the kind %s, which the code has not", k)
		}
	}
	if len(known) < 25 {
		t.Errorf("found %d kinds only: %v", len(known), known)
	}
}
