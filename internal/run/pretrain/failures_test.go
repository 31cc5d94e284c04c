package pretrain

import (
	"context"
	"errors"
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
	"testing"

	"github.com/dino-go/dino/internal/data/synth"
	"github.com/dino-go/dino/internal/run/config"
	"github.com/dino-go/dino/internal/run/verdict"
	"github.com/dino-go/dino/observe"
)

// smallRun are the settings of the runs that the verdict is tried on: about 50 steps an epoch of a
// transformer of width 64.
func smallRun() map[string]string {
	return map[string]string{
		"preset": "paper", "model.encoder": "custom", "model.vit.image_size": "[32, 32]", "model.vit.patch_size": "8",
		"model.vit.embed_dim": "64", "model.vit.depth": "2", "model.vit.num_heads": "2", "model.vit.pos_embed": "timm",
		"model.vit.drop_path": "0.0", "model.vit.init_std": "0.08", "model.projector_hidden_dim": "128",
		"model.projector_bottleneck_dim": "32", "model.n_prototypes": "64",
		"model.temperature_teacher_warmup": "0.02", "model.temperature_teacher": "0.02",
		"model.warmup_epochs_temperature_teacher": "0", "model.ema_decay_start": "0.98", "model.ema_decay_end": "0.995",
		"augment.global_crops.size": "32", "augment.global_crops.blur.probability": "[0.0]",
		"augment.global_crops.solarize.probability": "[0.0]", "augment.local_crops.number": "2",
		"augment.local_crops.size": "16", "augment.local_crops.scale": "[0.15, 0.4]",
		"augment.local_crops.blur.probability": "[0.0]", "train.epochs": "3", "train.batch_size": "8",
		"train.schedule.lr.base": "0.002", "train.schedule.lr.scale_by_batch": "false",
		"train.schedule.lr.warmup": "13%", "train.schedule.weight_decay.kind": "constant",
		"train.schedule.weight_decay.start": "0.04", "train.schedule.weight_decay.end": "0",
		"train.schedule.freeze_last_layer": "0 steps",
		"knn.every_epochs":                 "0",
	}
}

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
		{name: "center off", set: one("model.center_momentum", "1"), want: kinds(verdict.OnePrototype)},
		{name: "teacher momentum 0", set: momentum("0"), want: kinds(verdict.FrozenTeacher)},
		{name: "teacher momentum 1", set: momentum("1"), want: kinds(verdict.FrozenTeacher)},
		{name: "teacher momentum 0.01", set: momentum("0.01"), want: kinds(verdict.IdenticalTeacher)},
		{name: "learning rate × 100", set: one("train.schedule.lr.base", "0.2"), want: kinds(verdict.RateHigh)},
		{
			name: "learning rate × 100, its end", set: one("train.schedule.lr.base", "0.2"),
			want: kinds(verdict.SharedTarget, verdict.OnePrototype),
		},
		{name: "learning rate × 10,000", set: one("train.schedule.lr.base", "20"), want: kinds(verdict.RateHigh)},
		{
			name: "learning rate ÷ 10,000",
			set:  map[string]string{"train.schedule.lr.base": "0.0000002", "train.schedule.lr.end": "0"},
			want: kinds(verdict.RateLow),
		},
		{name: "constant images", images: constantImages, want: kinds(verdict.ConstantImages)},
		{name: "all duplicates", images: duplicates, want: kinds(verdict.IdenticalImages)},
		{name: "one-pixel images", images: onePixel, want: kinds(verdict.ConstantImages)},
		{name: "16-bit images read black", images: dark16, want: kinds(verdict.ConstantImages)},
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
		{name: "preset auto", set: map[string]string{"preset": "auto"}, long: true},
	}
}

func kinds(k ...verdict.Kind) []verdict.Kind { return k }

// listener hears the findings of a run, and ends it when it has heard enough.
type listener struct {
	observe.Nothing
	want  []verdict.Kind
	steps int // after which it has heard enough; 0 never
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

func (l *listener) Step(s observe.Step) error {
	if s.Number+1 == l.steps {
		return errEnough
	}
	return nil
}

// try runs a trial for at most so many steps.
func (tr trial) try(t *testing.T, shapes string, steps int) *listener {
	t.Helper()
	data := shapes
	if tr.images != nil {
		data = tr.images(t)
	}
	settings := smallRun()
	if tr.set["preset"] == "auto" {
		settings = map[string]string{"train.epochs": "3", "knn.every_epochs": "0"}
	}
	maps.Copy(settings, tr.set)
	settings["data.dir"] = strconv.Quote(data)
	var set []string
	for name, value := range settings {
		set = append(set, name+"="+value)
	}
	l := &listener{want: tr.want, steps: steps}
	_, err := Run(context.Background(), Options{
		Dir: filepath.Join(t.TempDir(), "run"), Config: config.Sources{Set: set},
		Observers: observe.All{{Name: "listener", Observer: l}},
	})
	if err != nil && !errors.Is(err, errEnough) {
		t.Fatal(err)
	}
	return l
}

// Every failure is recognised within an epoch.
func TestVerdictOnFailures(t *testing.T) {
	shapes := drawShapes(t, 400, false)
	for _, tr := range failures() {
		t.Run(tr.name, func(t *testing.T) {
			l := tr.try(t, shapes, 0)
			last := observe.Warning{}
			if len(l.heard) > 0 {
				last = l.heard[len(l.heard)-1]
			}
			t.Logf("step %d: %s", last.Step, last.Note)
			if !slices.Contains(tr.want, verdict.Kind(last.Kind)) {
				t.Errorf("want %v, heard %v", tr.want, l.heard)
			}
		})
	}
}

// A healthy run raises no alarm.
func TestVerdictOnHealthyRuns(t *testing.T) {
	shapes := drawShapes(t, 400, false)
	for _, tr := range healthy() {
		t.Run(tr.name, func(t *testing.T) {
			if tr.long && os.Getenv("DINO_LONG") != "1" {
				t.Skip("takes seconds; DINO_LONG=1 runs it")
			}
			for _, w := range tr.try(t, shapes, 0).heard {
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

func grey(t *testing.T) string  { return drawShapes(t, 400, true) }
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

// dark16 has images of 16 bits of which only the lowest 256 levels are used.
func dark16(t *testing.T) string {
	return folderOf(t, 100, func(i int) image.Image {
		drawing := synth.Draw(1, i%10, i/10, 40)
		img := image.NewGray16(drawing.Bounds())
		for y := range 40 {
			for x := range 40 {
				r, _, _, _ := drawing.At(x, y).RGBA()
				img.SetGray16(x, y, color.Gray16{Y: uint16(r >> 8)})
			}
		}
		return img
	})
}
