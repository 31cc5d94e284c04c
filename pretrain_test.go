package dino_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dino-go/dino"
	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/observe"
)

// options are those of a run of 4 steps in a folder of its own.
func options(t *testing.T) dino.Options {
	t.Helper()
	dir := t.TempDir()
	photos := filepath.Join(dir, "photos")
	if err := drawPhotos(photos); err != nil {
		t.Fatal(err)
	}
	return dino.Options{Data: photos, Run: filepath.Join(dir, "run"), Epochs: 2, Set: tiny()}
}

// page stands for an observer that does not exist yet: it keeps all that it is told.
type page struct {
	told []string
	at   func(step int) error // called at a step
	done observe.Done
}

func (p *page) hear(format string, args ...any) error {
	p.told = append(p.told, fmt.Sprintf(format, args...))
	return nil
}

func (p *page) Note(n observe.Note) error { return p.hear("note: %s", n) }

// Warning hears of the other observer's warning. Those of the run itself depend on the images.
func (p *page) Warning(w observe.Warning) error {
	if w.Kind != "early" {
		return nil
	}
	return p.hear("warning %s/%s at %d: %s", w.Name, w.Kind, w.Step, w)
}

func (p *page) Started(s observe.Start) error {
	return p.hear("start at %d of %d, %d measurements", s.From, s.Steps, len(s.Measurements))
}

func (p *page) Estimated(e observe.Estimate) error {
	return p.hear("estimate by %d steps, positive %v", e.Steps, e.Left > 0)
}

func (p *page) Progressed(g observe.Progress) error {
	return p.hear("%d of %d %s", g.Done, g.Total, g.What)
}

func (p *page) Measured(b observe.Baselines) error {
	return p.hear("baselines of %d by %d", b.Queries, b.Bank)
}

func (p *page) Score(s observe.Score) error { return p.hear("score %d", s.Epoch) }

func (p *page) Step(s observe.Step) error {
	if err := p.hear("step %d, knn %v", s.Number, slices.Contains(keys(s), "knn")); err != nil || p.at == nil {
		return err
	}
	return p.at(s.Number)
}

func (p *page) Saved(s observe.Saved) error { return p.hear("saved %d", s.Steps) }

func (p *page) Done(d observe.Done) error {
	p.done = d
	return p.hear("done %d, already %v", d.Steps, d.Already)
}

func keys(s observe.Step) (names []string) {
	for name := range s.Values {
		names = append(names, name)
	}
	return names
}

// verdict stands for another: it judges the run, and warns a page.
type verdict struct {
	observe.Nothing
	to observe.Observer
}

func (v verdict) Step(s observe.Step) error {
	if s.Number != 2 {
		return nil
	}
	return v.to.Warning(observe.Warning{
		Note: observe.Notef("%d steps", 3), Name: "verdict", Kind: "early",
		Step: s.Number,
	})
}

// Observers that a caller adds hear all of a run, and one may warn another: the loop knows of
// neither.
func TestObserversOfACaller(t *testing.T) {
	o, p := options(t), &page{}
	o.Observer = observe.All{{Name: "page", Observer: p}, {Name: "verdict", Observer: verdict{to: p}}}
	result, err := dino.Pretrain(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"note: 24 images in " + o.Data + ", in 2 class folders",
		"start at 0 of 4, 25 measurements", "step 0, knn false", "saved 1", "baselines of 2 by 22", "score 1",
		"step 1, knn true", "saved 2",
		"step 2, knn false", "warning verdict/early at 2: 3 steps", "score 2", "step 3, knn true", "saved 4",
		"done 4, already false",
	}
	// what is said of 24 drawn images, and of how well they are learned from, is tested elsewhere
	p.told = slices.DeleteFunc(p.told, func(line string) bool {
		early := strings.HasPrefix(line, "warning verdict/early")
		return strings.HasPrefix(line, "warning ") && !early || strings.Contains(line, "score without labels")
	})
	if !slices.Equal(p.told, want) {
		t.Errorf("told\n%s\nwant\n%s", strings.Join(p.told, "\n"), strings.Join(want, "\n"))
	}
	s := result.Scores
	if result.Steps != 4 || result.Already || result.Teacher != filepath.Join(o.Run, "teacher.safetensors") ||
		s == nil || s.KNN == nil || s.Best < *s.KNN || s.Network != "untrained" {
		t.Errorf("got %+v", result)
	}
	if _, err := dino.Load(o.Run); err != nil {
		t.Error(err)
	}
}

// A context that ends stops the run between two steps, with its state saved; the same call comes to
// the same teacher as a run without a stop, and one more call has nothing to do.
func TestPretrainIsInterrupted(t *testing.T) {
	whole := options(t)
	if _, err := dino.Pretrain(t.Context(), whole); err != nil {
		t.Fatal(err)
	}
	o := whole
	o.Run += "-in-parts"
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	p := &page{at: func(step int) error {
		if step == 2 {
			cancel()
		}
		return nil
	}}
	o.Observer = p
	if _, err := dino.Pretrain(ctx, o); !errors.Is(err, dino.ErrInterrupted) {
		t.Fatalf("got %v, want %v", err, dino.ErrInterrupted)
	}
	if last := p.told[len(p.told)-1]; last != "saved 3" {
		t.Errorf("the last that was heard is %q", last)
	}
	o.Observer = nil
	result, err := dino.Pretrain(t.Context(), o)
	if err != nil || result.Already || result.Steps != 4 {
		t.Fatalf("%+v, %v", result, err)
	}
	var teachers [][]byte
	for _, run := range []string{whole.Run, o.Run} {
		teacher, err := os.ReadFile(filepath.Join(run, "teacher.safetensors"))
		if err != nil {
			t.Fatal(err)
		}
		teachers = append(teachers, teacher)
	}
	if !bytes.Equal(teachers[0], teachers[1]) {
		t.Error("a run in parts comes to another teacher")
	}
	p.told, o.Observer = nil, p
	again, err := dino.Pretrain(t.Context(), o)
	if err != nil || !again.Already || again.Steps != 4 || *again.Scores.KNN != *result.Scores.KNN {
		t.Errorf("a complete run: %+v, %v", again, err)
	}
	want := []string{"note: 24 images in " + o.Data + ", in 2 class folders", "done 4, already true"}
	if !slices.Equal(p.told, want) {
		t.Errorf("a complete run told %q, want %q", p.told, want)
	}
}

// A context that has ended before the run trains leaves nothing behind, and is not mistaken for
// wrong options.
func TestPretrainIsInterruptedBeforeItTrains(t *testing.T) {
	o := options(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := dino.Pretrain(ctx, o)
	if !errors.Is(err, context.Canceled) || errors.Is(err, dino.ErrOptions) || errors.Is(err, dino.ErrInterrupted) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	if _, err := os.Stat(filepath.Join(o.Run, "config.yaml")); err == nil {
		t.Error("a run was begun")
	}
}

// An observer that fails ends the run, and its error can be told from others.
func TestPretrainWithAnObserverThatFails(t *testing.T) {
	o, cause := options(t), errors.New("the page is closed")
	o.Observer = observe.All{{Name: "page", Observer: &page{at: func(int) error { return cause }}}}
	_, err := dino.Pretrain(t.Context(), o)
	testkit.RequireError(t, err, "Options.Observer: page: the page is closed")
	if !errors.Is(err, cause) || errors.Is(err, dino.ErrInterrupted) || errors.Is(err, dino.ErrOptions) {
		t.Errorf("got %v", err)
	}
}

// Options that cannot be are told from a failure, name their field and leave nothing behind.
func TestPretrainOptions(t *testing.T) {
	for _, c := range []struct {
		change func(*dino.Options)
		want   string
	}{
		{func(o *dino.Options) { o.Run = "" }, "Options.Run is empty"},
		{func(o *dino.Options) { o.Data = "" }, "Options.Data is empty"},
		{func(o *dino.Options) { o.Data = "nowhere" }, "(set by Options.Data)"},
		{func(o *dino.Options) { o.Layout = "timm" }, `Options.Layout is "timm", but Options.Init is empty`},
		{func(o *dino.Options) { o.Init = "nowhere" }, "(set by Options.Init)"},
		{func(o *dino.Options) { o.Backend = "abacus" }, `backend is "abacus"`},
		{func(o *dino.Options) { o.Epochs = -1 }, "Options.Epochs"},
		{func(o *dino.Options) { o.Preset = "best" }, `preset is "best"`},
		{func(o *dino.Options) { o.Preset = "best" }, "(set by Options.Preset)"},
		{func(o *dino.Options) { o.Set = append(o.Set, "train.epoch=3") }, "train.epoch"},
		{func(o *dino.Options) { o.Set = append(o.Set, "knn.k=0") }, "(set by Options.Set)"},
		{func(o *dino.Options) { o.Set = append(o.Set, "knn") }, "for example Options.Set train.epochs=50"},
		{func(o *dino.Options) { o.Run = "." }, "choose an empty or new folder"},
		{func(o *dino.Options) { o.ConfigFile = "nowhere.yaml" }, "nowhere.yaml"},
	} {
		o := options(t)
		c.change(&o)
		_, err := dino.Pretrain(t.Context(), o)
		testkit.RequireError(t, err, "dino: ", c.want)
		if strings.Contains(err.Error(), "--") {
			t.Errorf("%v names a flag, which a program has not", err)
		}
		if !errors.Is(err, dino.ErrOptions) {
			t.Errorf("%v is no %v", err, dino.ErrOptions)
		}
		if _, err := os.Stat(filepath.Join(o.Run, "config.yaml")); o.Run != "" && err == nil {
			t.Errorf("%s: a run was begun", c.want)
		}
	}
}

// A non-finite loss can be told from other failures.
func TestPretrainNonFinite(t *testing.T) {
	o := options(t)
	o.Set = append(o.Set, "train.schedule.lr.base=1e30", "train.schedule.lr.warmup=0", "model.head=seed")
	if _, err := dino.Pretrain(t.Context(), o); !errors.Is(err, dino.ErrNonFinite) {
		t.Errorf("got %v, want %v", err, dino.ErrNonFinite)
	}
}

// A run whose teacher never changes learns nothing: it ends where that was asked for, only then.
func TestPretrainStopsOnCollapse(t *testing.T) {
	for _, stop := range []bool{false, true} {
		o := options(t)
		o.StopOnCollapse = stop
		o.Set = append(o.Set, "model.allow_constant_teacher=true", "model.ema_decay_start=1", "model.ema_decay_end=1")
		if _, err := dino.Pretrain(t.Context(), o); errors.Is(err, dino.ErrCollapse) != stop || !stop && err != nil {
			t.Errorf("to stop %t: got %v", stop, err)
		}
	}
}

// Fields are stronger than settings.
func TestPretrainSeedAndEpochs(t *testing.T) {
	o := options(t)
	o.Seed, o.Epochs = 7, 1
	o.Set = append(o.Set, "seed=8", "train.epochs=5")
	if _, err := dino.Pretrain(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(o.Run, "config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\nseed: 7\n", "\n  epochs: 1\n"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}
