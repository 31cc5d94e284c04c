package pretrain

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/dino-go/dino/internal/data/synth"
	"github.com/dino-go/dino/internal/run/config"
	"github.com/dino-go/dino/internal/run/verdict"
	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/usage"
	"github.com/dino-go/dino/observe"
)

var update = flag.Bool("update", false, "write the table of failures into docs/verdict.md")

// smallRun are the settings of the runs that the verdict is tried on: about 50 steps an epoch of a
// transformer of width 64.
func smallRun() map[string]string {
	return map[string]string{
		"preset": "paper", "model.encoder": "custom", "model.vit.image_size": "[32, 32]", "model.vit.patch_size": "8",
		"model.vit.embed_dim": "64", "model.vit.depth": "2", "model.vit.num_heads": "2", "model.vit.pos_embed": "timm",
		"model.vit.drop_path": "0.0", "model.vit.init_std": "0.08", "model.projector_hidden_dim": "128",
		"model.projector_bottleneck_dim": "32", "model.n_prototypes": "64",
		"model.temperature_teacher_warmup": "0.02", "model.temperature_teacher": "0.02",
		"model.warmup_epochs_temperature_teacher": "0", "model.ema_decay_start": "0.99", "model.ema_decay_end": "1",
		"augment.global_crops.size": "32", "augment.global_crops.blur.probability": "[0.0]",
		"augment.global_crops.solarize.probability": "[0.0]", "augment.local_crops.number": "2",
		"augment.local_crops.size": "16", "augment.local_crops.scale": "[0.15, 0.4]",
		"augment.local_crops.blur.probability": "[0.0]", "train.epochs": "3", "train.batch_size": "16",
		"train.schedule.lr.base": "0.001", "train.schedule.lr.scale_by_batch": "false",
		"train.schedule.lr.warmup": "13%", "train.schedule.weight_decay.kind": "constant",
		"train.schedule.weight_decay.start": "0.04", "train.schedule.weight_decay.end": "0",
		"train.schedule.freeze_last_layer": "0 steps",
		"knn.every_epochs":                 "0",
	}
}

// smallEpoch is the steps of an epoch of a small run on 800 images.
const smallEpoch = 50

// trial is a small run with some settings changed.
type trial struct {
	name   string
	images func(t *testing.T) string // a folder; nil draws shapes
	set    map[string]string
	long   bool           // takes seconds
	want   []verdict.Kind // of which one must be found within an epoch; none for a healthy run
}

func failures() []trial {
	temperature := func(student, teacher string) map[string]string {
		return map[string]string{
			"model.temperature_student": student, "model.temperature_teacher": teacher,
			"model.temperature_teacher_warmup": teacher,
		}
	}
	momentum := func(m string) map[string]string {
		return map[string]string{
			"model.ema_decay_start": m, "model.ema_decay_end": m, "model.allow_constant_teacher": "true",
		}
	}
	one := func(name, value string) map[string]string { return map[string]string{name: value} }
	return []trial{
		{name: "teacher temperature 0.3 beside 0.35", set: temperature("0.35", "0.3"), want: kinds(verdict.HotTeacher)},
		{
			name: "teacher temperature 0.3 beside 0.5", set: temperature("0.5", "0.3"),
			want: kinds(verdict.UniformCollapse),
		},
		{name: "teacher temperature 0.099", set: temperature("0.1", "0.099"), want: kinds(verdict.HotTeacher)},
		{name: "teacher temperature 0.001", set: temperature("0.1", "0.001"), want: kinds(verdict.ColdTeacher)},
		{name: "center off", set: one("model.center_momentum", "1"), want: kinds(verdict.CenterOff)},
		{
			name: "center off, its end",
			set:  map[string]string{"model.center_momentum": "1", "model.ema_decay_start": "0.98"},
			want: kinds(verdict.OnePrototype),
		},
		{name: "teacher momentum 0", set: momentum("0"), want: kinds(verdict.FrozenTeacher)},
		{name: "teacher momentum 1", set: momentum("1"), want: kinds(verdict.FrozenTeacher)},
		{name: "teacher momentum 0.01", set: momentum("0.01"), want: kinds(verdict.IdenticalTeacher)},
		{name: "learning rate × 100", set: one("train.schedule.lr.base", "0.1"), want: kinds(verdict.RateHigh)},
		{
			name: "learning rate × 100, its end", set: one("train.schedule.lr.base", "0.1"),
			want: kinds(verdict.SharedTarget, verdict.OnePrototype),
		},
		{name: "learning rate × 10,000", set: one("train.schedule.lr.base", "10"), want: kinds(verdict.RateHigh)},
		{
			name: "learning rate ÷ 10,000",
			set:  map[string]string{"train.schedule.lr.base": "0.0000001", "train.schedule.lr.end": "0"},
			want: kinds(verdict.RateLow),
		},
		{name: "constant images", images: constantImages, want: kinds(verdict.ConstantImages)},
		{name: "all duplicates", images: duplicates, want: kinds(verdict.IdenticalImages)},
		{name: "one-pixel images", images: onePixel, want: kinds(verdict.ConstantImages)},
		{
			name: "16-bit images read black", images: dark16, set: one("data.range", "type"),
			want: kinds(verdict.ConstantImages),
		},
		{
			name: "50 images with batch 2", images: fifty, set: one("train.batch_size", "2"),
			want: kinds(verdict.SmallBatch),
		},
		{name: "batch 1", set: one("train.batch_size", "1"), want: kinds(verdict.SmallBatch)},
		{
			name: "K = 65,536 on 50 images", images: fifty, set: one("model.n_prototypes", "65536"),
			want: kinds(verdict.ManyPrototypes),
		},
		{name: "K = 2", set: one("model.n_prototypes", "2"), want: kinds(verdict.FewPrototypes)},
		{name: "init_std 0.02 at width 64", set: one("model.vit.init_std", "0.02"), want: kinds(verdict.PoorStart)},
		{name: "weight decay 10", set: one("train.schedule.weight_decay.start", "10"), want: kinds(verdict.DecayHigh)},
		{name: "student temperature 10", set: one("model.temperature_student", "10"), want: kinds(verdict.SoftStudent)},
		{
			name: "pixels divided by 1,000", set: one("augment.std", "[1000, 1000, 1000]"),
			want: kinds(verdict.PoorStart),
		},
		{
			name: "prototypes frozen", set: one("train.schedule.freeze_last_layer", "3 epochs"),
			want: kinds(verdict.FrozenPrototypes),
		},
	}
}

func healthy() []trial {
	one := func(name, value string) map[string]string { return map[string]string{name: value} }
	return []trial{
		{name: "seed 0"},
		{name: "seed 1", set: one("seed", "1"), long: true},
		{name: "seed 2", set: one("seed", "2"), long: true},
		{name: "bfloat16", set: one("model.precision", "bfloat16"), long: true},
		{name: "grey", images: grey, long: true},
		{name: "a wider network", set: map[string]string{
			"model.vit.embed_dim": "96", "model.vit.num_heads": "3", "model.vit.depth": "3",
			"model.vit.init_std": "0.057",
		}, long: true},
		{name: "a narrower network", set: map[string]string{
			"model.vit.embed_dim": "32", "model.vit.init_std": "0.098",
		}, long: true},
		{name: "Sinkhorn-Knopp", set: one("model.targets", "sinkhorn"), long: true},
		{
			name: "the seed's head and center",
			set:  map[string]string{"model.head": "seed", "model.center_rule": "seed"},
			long: true,
		},
		{name: "micro-batches", set: one("train.accumulate", "2"), long: true},
		{name: "photographs", images: photographs, long: true},
		{
			name: "from weights", images: weightsAndShapes, long: true, // slowly, as the preset auto goes on
			set: map[string]string{"train.schedule.lr.base": "0.0001", "model.ema_decay_start": "0.996"},
		},
	}
}

func kinds(k ...verdict.Kind) []verdict.Kind { return k }

// listener hears the findings of a run, and ends it when it has heard enough.
type listener struct {
	observe.Nothing
	want  []verdict.Kind
	heard []observe.Warning
}

var errEnough = errors.New("heard enough")

func (l *listener) Warning(w observe.Warning) error {
	if w.Name != verdict.Name {
		return nil
	}
	l.heard = append(l.heard, w)
	if slices.Contains(l.want, verdict.Kind(w.Kind)) && !w.Calm {
		return errEnough
	}
	return nil
}

// try runs a trial, until what it is to show is heard.
func (tr trial) try(t *testing.T, shapes string) *listener {
	t.Helper()
	data := shapes
	if tr.images != nil {
		data = tr.images(t)
	}
	l := &listener{want: tr.want}
	tr.run(t, filepath.Join(t.TempDir(), "run"), data, l)
	return l
}

func (tr trial) run(t *testing.T, dir, data string, l *listener) {
	t.Helper()
	if _, err := tr.attempt(dir, data, l); err != nil && !errors.Is(err, errEnough) {
		t.Fatal(err)
	}
}

func (tr trial) attempt(dir, data string, l *listener) (observe.Done, error) {
	return tr.attemptWith(dir, data, l)
}

func (tr trial) settings() map[string]string {
	settings := smallRun()
	maps.Copy(settings, tr.set)
	return settings
}

func (tr trial) attemptWith(dir, data string, l observe.Observer) (observe.Done, error) {
	settings := tr.settings()
	settings["data.dir"] = strconv.Quote(data)
	if weights := filepath.Join(data, "weights.safetensors"); exists(weights) {
		settings["init"] = strconv.Quote(weights)
		for name := range settings { // the weights bring them
			if name == "model.encoder" || strings.HasPrefix(name, "model.vit.") {
				delete(settings, name)
			}
		}
	}
	return Run(context.Background(), Options{
		Dir: dir, Config: config.Sources{Set: assigned(settings)},
		Observers: observe.All{{Name: "listener", Observer: l}},
	})
}

// Every failure is recognised within an epoch. What was found stands in docs/verdict.md.
func TestVerdictOnFailures(t *testing.T) {
	shapes := drawShapes(t, 16*smallEpoch, false)
	table := "| seeded failure | found | at step | says |\n|---|---|---|---|\n"
	for _, tr := range failures() {
		t.Run(tr.name, func(t *testing.T) {
			l := tr.try(t, shapes)
			last := observe.Warning{}
			if len(l.heard) > 0 {
				last = l.heard[len(l.heard)-1]
			}
			if !slices.Contains(tr.want, verdict.Kind(last.Kind)) || last.Step >= smallEpoch {
				t.Errorf("want %v within %d steps, heard %v", tr.want, smallEpoch, l.heard)
			}
			for _, w := range l.heard {
				requireChanges(t, findingOf(t, w), tr.options(t))
			}
			table += fmt.Sprintf("| %s | `%s` | %s | %s |\n", tr.name, last.Kind, about(last.Step),
				last.Note.String()+observe.Advise(last.Settings, "--set ", " --set "))
		})
	}
	page := filepath.Join("..", "..", "..", "docs", "verdict.md")
	if *update {
		testkit.Passage(t, page, "verdict", table, true)
		return
	}
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, tr := range failures() {
		if !slices.ContainsFunc(tr.want, func(k verdict.Kind) bool {
			return strings.Contains(string(text), fmt.Sprintf("| %s | `%s` |", tr.name, k))
		}) {
			t.Errorf("%s says nothing of %s: run `make verdict`", page, tr.name)
		}
	}
}

// Weights of a damaged file are refused before the first step, and the tensor is named.
func TestDamagedWeights(t *testing.T) {
	shapes := drawShapes(t, 100, false)
	first := trial{set: map[string]string{"train.epochs": "1"}}
	dir := filepath.Join(t.TempDir(), "run")
	first.run(t, dir, shapes, &listener{})
	file := filepath.Join(dir, "teacher.safetensors")
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	copy(content[len(content)-4:], []byte{0, 0, 0xc0, 0x7f}) // the last number is NaN
	if err := os.WriteFile(filepath.Join(shapes, "weights.safetensors"), content, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = first.attempt(filepath.Join(t.TempDir(), "second"), shapes, &listener{})
	var wrong *usage.Error
	if !errors.As(err, &wrong) {
		t.Fatalf("got error %v, want one about the options", err)
	}
	testkit.RequireError(t, err, "non-finite", "backbone.")
}

// about is a step as the table gives it: those of other engines differ by a few.
func about(step int) string {
	if step == 0 {
		return "before the first"
	}
	return fmt.Sprintf("about %d", (step+5)/10*10)
}

// A healthy run raises no alarm.
func TestVerdictOnHealthyRuns(t *testing.T) {
	shapes := drawShapes(t, 16*smallEpoch, false)
	for _, tr := range healthy() {
		t.Run(tr.name, func(t *testing.T) {
			if tr.long && os.Getenv("DINO_LONG") != "1" {
				t.Skip("takes seconds; DINO_LONG=1 runs it")
			}
			for _, w := range tr.try(t, shapes).heard {
				if !w.Calm {
					t.Errorf("step %d: %s: %s", w.Step, w.Kind, w.Note)
				}
			}
		})
	}
}

func drawShapes(t *testing.T, images int, inGrey bool) string {
	t.Helper()
	return folderOf(t, images, func(i int) image.Image {
		drawing := synth.Draw(1, i%10, i/10, 40)
		if !inGrey {
			return drawing
		}
		out := image.NewGray(drawing.Bounds())
		draw.Draw(out, out.Bounds(), drawing, image.Point{}, draw.Src)
		return out
	})
}

func folderOf(t *testing.T, images int, drawing func(i int) image.Image) string {
	t.Helper()
	dir := t.TempDir()
	for i := range images {
		f, err := os.Create(filepath.Join(dir, fmt.Sprintf("%04d.png", i)))
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(png.Encode(f, drawing(i)), f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// photographs is a folder of small photographs that the environment names.
func photographs(t *testing.T) string {
	dir := os.Getenv("DINO_PHOTOGRAPHS")
	if dir == "" {
		t.Skip("DINO_PHOTOGRAPHS names no folder of a few hundred small photographs")
	}
	return dir
}

// weightsAndShapes is a folder of shapes with weights of a run over others.
func weightsAndShapes(t *testing.T) string {
	first := trial{set: map[string]string{"seed": "7"}}
	dir := filepath.Join(t.TempDir(), "first")
	first.run(t, dir, drawShapes(t, 800, false), &listener{})
	shapes := drawShapes(t, 800, false)
	if err := os.Rename(filepath.Join(dir, "teacher.safetensors"),
		filepath.Join(shapes, "weights.safetensors")); err != nil {
		t.Fatal(err)
	}
	return shapes
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func grey(t *testing.T) string  { return drawShapes(t, 800, true) }
func fifty(t *testing.T) string { return drawShapes(t, 50, false) }

func duplicates(t *testing.T) string {
	return folderOf(t, 100, func(int) image.Image { return synth.Draw(1, 3, 0, 40) })
}

func plain(i, side int) image.Image {
	img := image.NewNRGBA(image.Rect(0, 0, side, side))
	draw.Draw(img, img.Bounds(), image.NewUniform(color.NRGBA{uint8(i * 7), uint8(i * 31), uint8(i * 3), 255}),
		image.Point{}, draw.Src)
	return img
}

func constantImages(t *testing.T) string {
	return folderOf(t, 100, func(i int) image.Image { return plain(i, 40) })
}

func onePixel(t *testing.T) string {
	return folderOf(t, 100, func(i int) image.Image { return plain(i, 1) })
}

// drawings16 has grey drawings in files of 16 bits, of which they use the lowest so many.
func drawings16(t *testing.T, images, bits int) string {
	return folderOf(t, images, func(i int) image.Image {
		drawing := synth.Draw(1, i%10, i/10, 40)
		img := image.NewGray16(drawing.Bounds())
		for y := range 40 {
			for x := range 40 {
				r, _, _, _ := drawing.At(x, y).RGBA()
				img.SetGray16(x, y, color.Gray16{Y: uint16(r >> (16 - bits))})
			}
		}
		return img
	})
}

// dark16 has images of 16 bits of which only the lowest 256 levels are used.
func dark16(t *testing.T) string {
	return drawings16(t, 100, 8)
}
