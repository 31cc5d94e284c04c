package embeddings

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dino-go/dino/eval"
	"github.com/dino-go/dino/internal/data/loader"
)

func open(t *testing.T, dir string, plan Plan) *Parts {
	t.Helper()
	p, err := OpenParts(dir, plan)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func add(t *testing.T, p *Parts, part Part) {
	t.Helper()
	if err := p.Add(part); err != nil {
		t.Fatal(err)
	}
}

// A computation that is given up between parts goes on; what is joined is all of it, with the
// images that could not be decoded.
func TestPartsGoOn(t *testing.T) {
	out := filepath.Join(t.TempDir(), "f.csv")
	plan := Plan{Digest: "a", Images: 5, Each: 2, Cols: 3}
	first := Part{Images: 2, Table: small()}
	second := Part{
		Images: 2, Table: small().slice(1, 2),
		Bad: []loader.BadImage{{Image: 2, Path: "x.png", Reason: "torn"}},
	}
	none := Part{Images: 1, Bad: []loader.BadImage{{Image: 4, Path: "y.png", Reason: "torn"}}}
	none.Features.Cols = 3

	p := open(t, PartsDir(out), plan)
	add(t, p, first)
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	p = open(t, PartsDir(out), plan)
	if p.Done() != 2 {
		t.Errorf("%d images are done, want 2", p.Done())
	}
	add(t, p, second)
	add(t, p, none)
	if p.Done() != 5 || p.count != 3 {
		t.Errorf("%d images in %d parts are done, want 5 in 3", p.Done(), p.count)
	}
	var bad []loader.BadImage
	rows, err := p.Join(out, nil, func(b []loader.BadImage) error {
		bad = append(bad, b...)
		return nil
	})
	if err != nil || rows != 3 {
		t.Fatalf("%d rows, %v, want 3", rows, err)
	}
	got, err := Read(out)
	if err != nil {
		t.Fatal(err)
	}
	want := small()
	want.Rows = append(want.Rows, want.Rows[1])
	want.Features = eval.Matrix{Rows: 3, Cols: 3, Data: append(want.Features.Data, want.Features.Row(1)...)}
	if diff := cmp.Diff(want, *got); diff != "" {
		t.Error(diff)
	}
	if len(bad) != 2 || bad[0].Image != 2 || bad[1].Image != 4 {
		t.Errorf("bad images are %v", bad)
	}
	if err := p.Remove(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(PartsDir(out)); !os.IsNotExist(err) {
		t.Errorf("the folder is still there (%v)", err)
	}
}

func TestPartsRefuse(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "parts")
	plan := Plan{Digest: "a", Images: 2, Each: 1, Cols: 3}
	p := open(t, dir, plan)
	if _, err := OpenParts(dir, plan); err == nil || !strings.Contains(err.Error(), "another process works on it") {
		t.Errorf("a second process: %v", err)
	}
	nan := Part{Images: 1, Table: small()}
	nan.Features.Data[5] = float32(math.Inf(1))
	if err := p.Add(nan); err == nil || !strings.Contains(err.Error(), "column 2 is +Inf: all must be finite") {
		t.Errorf("a non-finite number: %v", err)
	}
	empty := Part{Images: 1, Bad: []loader.BadImage{{Image: 0}}}
	empty.Features.Cols = 3
	add(t, p, empty)
	add(t, p, empty)
	if err := p.Add(empty); err == nil || !strings.Contains(err.Error(), "a part is of 1 images: must be 1 to 0") {
		t.Errorf("more images than there are: %v", err)
	}
	if _, err := p.Join(filepath.Join(dir, "f.csv"), nil, func([]loader.BadImage) error { return nil }); err == nil ||
		!strings.Contains(err.Error(), "none of 2 images could be decoded") {
		t.Errorf("no image at all: %v", err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	other := plan
	other.Digest = "b"
	if _, err := OpenParts(dir, other); err == nil ||
		!strings.Contains(err.Error(), "other weights, images or options") {
		t.Errorf("another computation: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "part-00000001.safetensors"), []byte("torn"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenParts(dir, plan); err == nil || !strings.Contains(err.Error(), "delete "+dir+" to begin again") {
		t.Errorf("a torn part: %v", err)
	}
	p = &Parts{dir: dir, plan: plan, count: 2}
	if _, err := p.Rows(); err == nil || !strings.Contains(err.Error(), "delete "+dir+" to begin again") {
		t.Errorf("a torn part: %v", err)
	}
	if _, err := p.Part(1); err == nil {
		t.Error("a torn part is read")
	}
}
