package cli

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/dino-go/dino/internal/data/synth"
	"github.com/dino-go/dino/weights"
)

// evil is in every name of TestHostileNames: it renames the window, moves the cursor, forges a
// line, turns letters around, hides, and is no UTF-8 in the end.
const evil = "é\x1b]0;x\a\x1b[2J\u009b1m\r\ndino: all is well\t\x7f\u202egpj\u2028\u200b"

// classes of the images; a spreadsheet would compute the second.
var classes = []string{"a" + evil, "=1+1" + evil}

// hostile are files whose names, and what they hold, are evil.
type hostile struct {
	t                                 *testing.T
	photos, plain, run, tensors, list string
}

func newHostile(t *testing.T) *hostile {
	t.Helper()
	dir := filepath.Join(t.TempDir(), evil)
	h := &hostile{
		t: t, photos: filepath.Join(dir, "photos"+evil), plain: filepath.Join(dir, "plain"),
		run: filepath.Join(dir, "run"+evil),
	}
	for class, name := range classes {
		below := filepath.Join(h.photos, name)
		for i := range 8 {
			save(t, filepath.Join(below, string(rune('a'+i))+evil+".png"), synth.Draw(1, class, i, 20), png.Encode)
		}
		mustWrite(t, filepath.Join(below, "bad"+evil+"\xff.png"), "root:x:0:0:"+evil)
	}
	h.tensors, h.list = filepath.Join(dir, evil+".safetensors"), filepath.Join(dir, evil+".csv")
	tensors := map[string]weights.Tensor{"a" + evil: weights.FromFloat32s([]int{2}, []float32{1, 2}), "b" +
		evil: weights.FromFloat32s([]int{1}, []float32{3})}
	if err := weights.Write(h.tensors, tensors, map[string]string{"key" + evil: "value" + evil}); err != nil {
		t.Fatal(err)
	}
	return h
}

// command runs the program and returns what it printed on both outputs, which must hold nothing
// that steers a terminal, and no forged line.
func (h *hostile) command(code int, args ...string) (stdout, stderr string) {
	h.t.Helper()
	var out, errOut bytes.Buffer
	cmd := exec.Command("dino", args...)
	cmd.Stdout, cmd.Stderr = &out, &errOut
	err := cmd.Run()
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		h.t.Fatal(err)
	}
	if got := cmd.ProcessState.ExitCode(); got != code {
		h.t.Errorf("%q: exit code %d, want %d: %s", args, got, code, errOut.String())
	}
	for name, text := range map[string]string{"standard output": out.String(), "standard error": errOut.String()} {
		for i, r := range text {
			raw := unicode.IsControl(r) && r != '\n' || unicode.Is(unicode.Cf, r) || r == '\u2028' ||
				r == utf8.RuneError && !strings.HasPrefix(text[i:], "\ufffd")
			if raw {
				h.t.Fatalf("%q: %s has a raw %q at byte %d:\n%q", args, name, r, i, text)
			}
		}
		if forged := regexp.MustCompile(`(?m)^dino: all is well`).FindString(text); forged != "" {
			h.t.Errorf("%q: a name forges a line of %s:\n%s", args, name, text)
		}
	}
	if code == OK && regexp.MustCompile(`(?m)^dino: `).MatchString(errOut.String()) {
		h.t.Errorf("%q: succeeded, but wrote an error: %s", args, errOut.String())
	}
	return out.String(), errOut.String()
}

// strings returns all texts in lines of JSON, or in one object.
func (h *hostile) strings(text string) []string {
	h.t.Helper()
	var found []string
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case string:
			found = append(found, v)
		case []any:
			for _, x := range v {
				walk(x)
			}
		case map[string]any:
			for k, x := range v {
				found = append(found, k)
				walk(x)
			}
		}
	}
	for d := json.NewDecoder(strings.NewReader(text)); d.More(); {
		var v any
		if err := d.Decode(&v); err != nil {
			h.t.Fatalf("%v in %q", err, text)
		}
		walk(v)
	}
	return found
}

func (h *hostile) requireExact(text string, want ...string) {
	h.t.Helper()
	found := h.strings(text)
	for _, w := range want {
		if !slices.Contains(found, w) {
			h.t.Errorf("JSON has no %q:\n%q", w, found)
		}
	}
}

// Names of files, folders, classes, tensors and keys, and the errors that quote them, reach no
// terminal as they are; in JSON they are exact.
func TestHostileNames(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("file systems elsewhere refuse such names")
	}
	h := newHostile(t)
	h.command(OK, "pretrain", "--data", h.photos, "--out", h.run, "--config", tiny, "--set", "data.max_bad_share=0.5")
	out, _ := h.command(OK, "pretrain", "--data", h.photos, "--out", h.run+"2", "--config", tiny, "--set",
		"data.max_bad_share=0.5", "--json")
	h.requireExact(out, h.photos, filepath.Join(h.run+"2", "teacher.safetensors"))
	h.command(OK, "pretrain", "--data", h.photos, "--config", tiny, "--set", "data.max_bad_share=0.5", "--dry-run")
	h.command(Failed, "pretrain", "--data", h.photos, "--out", h.run+"3", "--config", tiny, "--set",
		"data.max_bad_share=0")
	h.command(Usage, "pretrain", "--data", h.photos+"x", "--out", h.run+"4")
	h.command(Usage, "pretrain", "--data", h.photos, "--out", h.run+"4", "--config", h.list)
	h.command(Usage, "pretrain", "--data", h.photos, "--out", h.run+"4", "--set", evil+"=1")
	mustWrite(t, h.plain, "train:\n  \""+`\e[2J\u009b`+"\": 1\n  x"+evil+": 2\n")
	h.command(Usage, "pretrain", "--data", h.photos, "--out", h.run+"4", "--config", h.plain)

	for _, args := range [][]string{nil, {"--json"}, {"--html", h.run + "/check" + evil + ".html"}} {
		out, _ = h.command(OK, append([]string{
			"check", "--data", h.photos, "--config", tiny, "--set", "data.max_bad_share=0.5",
		}, args...)...)
		if len(args) == 1 {
			h.requireExact(out, h.photos, "a"+evil+"/bad"+evil+"\ufffd.png")
		}
	}
	h.command(Failed, "check", "--data", h.photos, "--images-only")
	h.command(Usage, "check", "--data", h.photos+"x")
	h.command(Usage, "check", "--data", h.photos, "--set", evil+"=1")

	h.command(OK, "inspect", h.run)
	h.command(OK, "inspect", h.tensors)
	out, _ = h.command(OK, "inspect", h.tensors, "--json", "--stats")
	h.requireExact(out, "a"+evil, "key"+evil, "value"+evil)
	h.command(Usage, "inspect", h.list)
	h.command(Failed, "compare", h.tensors, filepath.Join(h.run, "teacher.safetensors"))
	out, _ = h.command(Failed, "compare", h.tensors, filepath.Join(h.run, "teacher.safetensors"), "--json")
	h.requireExact(out, "b"+evil)
	h.command(OK, "export", h.run, "--to", "timm", "--out", h.run+"/x"+evil+".safetensors")
	h.command(Usage, "export", h.tensors, "--to", evil, "--out", h.run)

	h.command(OK, "embed", "--weights", h.run, "--data", h.photos, "--out", h.list)
	h.command(OK, "embed", "--weights", h.run, "--data", h.photos, "--out", h.list, "--json")
	h.requireText(h.list)
	for _, verb := range []string{"cluster", "dedup"} {
		h.command(OK, append([]string{verb, h.photos, "--weights", h.run, "--out", filepath.Join(h.run, verb)},
			h.only(verb)...)...)
		out, _ = h.command(OK, append([]string{
			verb, h.photos, "--weights", h.run, "--out", filepath.Join(h.run, verb),
			"--json",
		}, h.only(verb)...)...)
		h.requireExact(out, filepath.Join(h.run, verb))
		h.requireText(filepath.Join(h.run, verb,
			map[string]string{"cluster": "clusters.csv", "dedup": "duplicates.csv"}[verb]))
		h.command(OK, append([]string{verb, h.list, "--images", h.photos, "--out", filepath.Join(h.run, verb)},
			h.only(verb)...)...)
	}
	for _, args := range [][]string{{"knn", "--k", "3"}, {"linear", "--epochs", "2"}, {"logreg"}, {"retrieval"}} {
		h.command(OK, append([]string{"eval", args[0], "--data", h.list}, args[1:]...)...)
	}
	out, _ = h.command(OK, "eval", "knn", "--weights", h.run, "--data", h.photos, "--k", "3", "--json")
	h.requireExact(out, "a"+evil)
	h.command(OK, "eval", "rank", "--weights", h.run, "--data", h.photos, "--views", "0")
	h.command(OK, "eval", "copies", "--database", h.list, "--queries", h.list, "--prefix", "1")
	out, _ = h.command(OK, "eval", "retrieval", "--data", h.list, "--json")
	h.strings(out)
	h.command(OK, "compare-models", h.run, "--data", h.photos, "--k", "3")
	one := filepath.Join(h.photos, "a"+evil)
	h.command(OK, "attention", "--weights", h.run, one, "--out", filepath.Join(h.run, "attention"))
	out, _ = h.command(OK, "attention", "--weights", h.run, one, "--out", filepath.Join(h.run, "attention"), "--json")
	h.requireExact(out, filepath.Join(one, "a"+evil+".png"))
	h.command(Usage, evil)
	h.command(Usage, "inspect", "--"+evil)
	if _, err := os.Stat(h.list); err != nil {
		t.Error(err)
	}
}

// requireText checks that a CSV file has the second class as text.
func (h *hostile) requireText(path string) {
	h.t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		h.t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	found := false
	for _, cell := range slices.Concat(rows...) {
		found = found || strings.HasPrefix(cell, "'=1+1")
		if strings.HasPrefix(cell, "=") {
			h.t.Errorf("%s: the cell %q is a formula", path, cell)
		}
	}
	if err != nil || !found {
		h.t.Errorf("%s: the second class is not there as a text (%v)", path, err)
	}
}

func (h *hostile) only(verb string) []string {
	if verb == "cluster" {
		return []string{"--k", "3"}
	}
	return nil
}
