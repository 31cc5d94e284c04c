// Command outside is a program of another module: it trains a model for three steps with a loop of
// its own, saves the teacher, loads it and embeds two images; and it lets [dino.Pretrain] train on
// a folder of images. TestProgramOutsideTheModule builds and runs it.
package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"log"
	"math"
	"os"
	"path/filepath"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino"
	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/cpu"
	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/nets/vit"
	"github.com/dino-go/dino/observe"
	"github.com/dino-go/dino/optim"
	"github.com/dino-go/dino/schedule"
	"github.com/dino-go/dino/weights/layout"
)

const (
	steps = 3
	patch = 8 // pixels
	seed  = 42
)

func main() {
	dir, err := os.MkdirTemp("", "outside")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	teacher := filepath.Join(dir, "teacher.safetensors")
	images := []*augment.Image{draw(40, 30, 3), draw(24, 64, 7), draw(33, 33, 11), draw(50, 20, 13)}
	if err := train(images, teacher); err != nil {
		log.Fatal(err)
	}
	if err := embed(images[:2], teacher); err != nil {
		log.Fatal(err)
	}
	if err := pretrain(images, dir); err != nil {
		log.Fatal(err)
	}
}

// draw stands for decoding an image.
func draw(width, height, texture int) *augment.Image {
	img := augment.NewImage(width, height)
	for i := range img.Pix {
		img.Pix[i] = uint8(i * texture)
	}
	return img
}

// train runs the loop and saves the teacher.
func train(images []*augment.Image, teacher string) error {
	c := distill.DefaultConfig()
	// 16×16 pixels, 2 blocks of width 24 with 3 heads
	c.Encoder, c.ViT = distill.EncoderCustom, vit.Custom(16, patch, 24, 2, 3)
	c.Head, c.HeadBatchNorm = distill.HeadOfficial, true
	c.ProjectorHiddenDim, c.ProjectorBottleneckDim, c.NPrototypes = 32, 16, 64
	m, err := distill.New(c)
	if err != nil {
		return err
	}
	crops := augment.Default(augment.Paper)
	crops.GlobalCrops.Size, crops.LocalCrops.Size, crops.LocalCrops.Number = 16, 8, 2
	views, err := augment.New(crops, patch)
	if err != nil {
		return err
	}
	engine, err := cpu.New("")
	if err != nil {
		return err
	}
	defer engine.Finalize()
	store := model.NewStore()
	if err := m.Init(engine, store, seed, [4]int{len(images), 3, 16, 16}); err != nil {
		return err
	}
	optimizer := distill.DefaultOptimizer()
	optimizer.AdamW = optim.AdamW{Beta1: 0.9, Beta2: 0.95, Eps: 1e-8}
	step, err := model.NewExec(engine, store, func(scope *model.Scope, in []*graph.Node) *graph.Node {
		globals := crops.GlobalCrops.Number
		out, _ := m.Step(scope, distill.Input{Global: in[1 : 1+globals], Local: in[1+globals:]}, in[0], optimizer)
		return out.Loss
	})
	if err != nil {
		return err
	}
	rate := schedule.Cosine{Base: 1e-3, Final: 1e-6, Warmup: 1, Total: steps}
	for n := range steps {
		// the noise of a step is a function of its number
		if err := store.SetRNGStateFromSeed(seed + int64(n)); err != nil {
			return err
		}
		h := distill.Hyper{
			Values: schedule.Values{
				LR: rate.At(n), WeightDecay: 0.04, Momentum: 0.996, TeacherTemp: m.TeacherTemperature(0),
			},
			Updates: n + 1, LastLayer: n + 1,
		}
		inputs := append([]any{optimizer.Vector(h)}, batch(views, images, n)...)
		outputs, err := step.Call(inputs...)
		if err != nil {
			return err
		}
		loss := float64(tensors.ToScalar[float32](outputs[0]))
		fmt.Printf("step %d: loss %.4f, finite %t\n", n, loss, !math.IsNaN(loss) && !math.IsInf(loss, 0))
	}
	return dino.SaveTeacher(teacher, m, store, layout.ForCrop(16, crops.Mean, crops.Std))
}

// batch renders the views of an epoch: for every view of the configuration a tensor [images, 3,
// side, side], global ones first.
func batch(views *augment.MultiCrop, images []*augment.Image, epoch int) []any {
	var batches [][]float32
	var sides []int
	var scratch augment.Scratch
	for index, img := range images {
		for v, view := range views.Sample(augment.NewRand(seed, epoch, index), img.Width, img.Height) {
			pixels := 3 * view.Size * view.Size
			if index == 0 {
				batches, sides = append(batches, make([]float32, len(images)*pixels)), append(sides, view.Size)
			}
			views.Render(batches[v][index*pixels:(index+1)*pixels], img, view, &scratch)
		}
	}
	var inputs []any
	for v, pixels := range batches {
		inputs = append(inputs, tensors.FromFlatDataAndDimensions(pixels, len(images), 3, sides[v], sides[v]))
	}
	return inputs
}

// progress is an observer: it prints the loss of every step of a run.
type progress struct{ observe.Nothing }

func (progress) Step(s observe.Step) error {
	_, err := fmt.Printf("run: step %d of %d, finite %t\n", s.Number+1, s.Steps, !math.IsNaN(s.Values.Of(distill.Loss)))
	return err
}

// pretrain writes the images into a folder and runs what `dino pretrain` runs on it.
func pretrain(images []*augment.Image, dir string) error {
	photos := filepath.Join(dir, "photos")
	if err := os.Mkdir(photos, 0o755); err != nil {
		return err
	}
	for i, img := range images {
		picture := image.NewGray(image.Rect(0, 0, img.Width, img.Height))
		for p := range picture.Pix {
			picture.Pix[p] = img.Pix[3*p]
		}
		var file bytes.Buffer
		if err := png.Encode(&file, picture); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(photos, fmt.Sprintf("%d.png", i)), file.Bytes(), 0o600); err != nil {
			return err
		}
	}
	result, err := dino.Pretrain(context.Background(), dino.Options{
		Data: photos, Run: filepath.Join(dir, "run"), Epochs: 2, Seed: seed, Backend: cpu.Name, Observer: progress{},
		Set: []string{
			"model.encoder=custom", "model.vit.image_size=[16, 16]", "model.vit.patch_size=8",
			"model.vit.embed_dim=12", "model.vit.depth=2", "model.vit.num_heads=2",
			"model.projector_hidden_dim=16", "model.projector_bottleneck_dim=8", "model.n_prototypes=16",
			"augment.global_crops.size=16", "augment.local_crops.size=8", "augment.local_crops.number=2",
			"train.batch_size=4",
		},
	})
	if err != nil {
		return err
	}
	fmt.Printf("run: %d steps, %s\n", result.Steps, filepath.Base(result.Teacher))
	return nil
}

// embed loads the teacher and prints how long the features of images are.
func embed(images []*augment.Image, teacher string) error {
	encoder, err := dino.Load(teacher, dino.WithBackend(cpu.Name))
	if err != nil {
		return err
	}
	features, err := encoder.Embed(context.Background(), images)
	if err != nil {
		return err
	}
	for i := range features.Rows {
		row, norm := features.Data[i*features.Cols:(i+1)*features.Cols], 0.0
		for _, x := range row {
			norm += float64(x) * float64(x)
		}
		fmt.Printf("image %d: %d features of norm %.4f\n", i, len(row), math.Sqrt(norm))
	}
	return nil
}
