package layout

import (
	_ "embed"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/testkit/pythontest"
)

//go:embed testdata/prepare.py
var preparePython string

// drawnPreparation is an image and a side file that says how it is prepared.
type drawnPreparation struct {
	Backend string         `json:"backend"` // torchvision, pil or timm
	Config  map[string]any `json:"config"`
	Image   [2]int         `json:"image"` // width, height
}

// drawProcessor draws a preprocessor_config.json.
func drawProcessor(r *rand.Rand) drawnPreparation {
	side := func() int { return 8 + r.IntN(40) }
	pair := func() map[string]int { return map[string]int{"height": side(), "width": side()} }
	class := []string{
		"ViTImageProcessor", "DeiTImageProcessor", "BitImageProcessor", "CLIPImageProcessor", "SiglipImageProcessor",
		"ConvNextImageProcessor", "DINOv3ViTImageProcessor", "PvtImageProcessor", "BeitImageProcessor",
	}[r.IntN(9)]
	c := map[string]any{
		"image_processor_type": class, "do_normalize": r.IntN(4) > 0, "do_rescale": r.IntN(5) > 0,
		"resample":   []int{0, 1, 2, 3}[r.IntN(4)],
		"image_mean": []float64{r.Float64(), r.Float64(), r.Float64()},
		"image_std":  []float64{0.2, 0.3, 0.1 + r.Float64()},
	}
	if r.IntN(3) == 0 {
		c["rescale_factor"] = 1 / 127.5
	}
	switch class {
	case "ConvNextImageProcessor":
		c["size"] = map[string]int{"shortest_edge": []int{16, 31, 64, 384, 400}[r.IntN(5)]}
		c["crop_pct"] = []float64{0.875, 0.9, 1}[r.IntN(3)]
	default:
		crop := r.IntN(2) == 0
		c["do_center_crop"], c["crop_size"] = crop, pair()
		switch r.IntN(3) {
		case 0:
			c["size"] = pair()
		case 1:
			c["size"], c["do_center_crop"] = map[string]int{"shortest_edge": side()}, true
		case 2:
			c["do_resize"], c["do_center_crop"] = false, true
		}
	}
	backend := []string{"torchvision", "pil"}[r.IntN(2)]
	switch {
	case class == "DINOv3ViTImageProcessor":
		backend = "torchvision"
		if c["resample"] == 0 || c["resample"] == 1 {
			c["resample"] = 2
		}
	case backend == "pil":
		c["resample"] = r.IntN(6)
	}
	return drawnPreparation{backend, c, [2]int{9 + r.IntN(90), 9 + r.IntN(90)}}
}

// drawTimmInput draws timm's pretrained_cfg.
func drawTimmInput(r *rand.Rand) drawnPreparation {
	height := 8 + r.IntN(40)
	width := height
	if r.IntN(2) == 0 {
		width = 8 + r.IntN(40)
	}
	return drawnPreparation{"timm", map[string]any{
		"input_size": []int{3, height, width}, "crop_pct": []float64{0.875, 0.9, 0.95, 0.94, 1}[r.IntN(5)],
		"crop_mode":     []string{"center", "squash", "border"}[r.IntN(3)],
		"interpolation": []string{"bicubic", "bilinear", "nearest", "lanczos", "box", "hamming"}[r.IntN(6)],
		"mean":          []float64{r.Float64(), r.Float64(), r.Float64()},
		"std":           []float64{0.2, 0.3, 0.1 + r.Float64()},
	}, [2]int{9 + r.IntN(90), 9 + r.IntN(90)}}
}

// What side files say is done to images as those do it who wrote them: every pixel within the
// rounding of float32.
func TestPreparationIsThatOfTheProcessor(t *testing.T) {
	python := pythontest.Find(t, "torch", "transformers", "timm", "torchvision")
	seed := testkit.Seed(t)
	r := rand.New(rand.NewPCG(seed, 1))
	var cases []drawnPreparation
	for range 150 {
		cases = append(cases, drawProcessor(r), drawTimmInput(r))
	}
	text, err := json.Marshal(cases)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "cases.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	var results []struct {
		Shape         []int
		Image, Pixels []byte
		Error         string
	}
	pythontest.Run(t, python, preparePython, &results, path)
	for i, c := range cases {
		want := results[i]
		if want.Error != "" {
			t.Logf("%+v: the processor fails: %s", c, want.Error)
			continue
		}
		p, err := c.preprocessing()
		if err != nil {
			t.Errorf("%+v: %v", c, err)
			continue
		}
		if sides := p.Sides(); sides[0] != want.Shape[1] || sides[1] != want.Shape[2] {
			t.Errorf("%+v: %v pixels, want %v", c, sides, want.Shape)
			continue
		}
		img := &augment.Image{Width: c.Image[0], Height: c.Image[1], Pix: want.Image}
		got := make([]float32, len(want.Pixels)/4)
		augment.NewPreparer(p.Preparation()).Into(got, img, new(augment.Scratch))
		// What is rounded before the division by the standard deviation grows with it.
		bound := max(4e-6, 2e-6/min(p.Std[0], p.Std[1], p.Std[2]))
		worst, at := 0.0, 0
		for j := range got {
			w := float64(math.Float32frombits(binary.LittleEndian.Uint32(want.Pixels[4*j:])))
			if d := math.Abs(float64(got[j])-w) / max(1, math.Abs(w)); d > worst {
				worst, at = d, j
			}
		}
		if worst > bound {
			t.Errorf("%+v: %s: pixel %d differs by %.3g", c, p, at, worst)
		}
	}
}

func (c drawnPreparation) preprocessing() (Preprocessing, error) {
	text, err := json.Marshal(c.Config)
	if err != nil {
		return Preprocessing{}, err
	}
	d := document{name: "drawn", known: true}
	if c.Backend == "timm" {
		d.fields = map[string]json.RawMessage{"pretrained_cfg": text}
		return d.timmPreprocessing()
	}
	if err := json.Unmarshal(text, &d.fields); err != nil {
		return Preprocessing{}, err
	}
	p, err := d.preprocessing("vit")
	if err == nil && c.Backend == "pil" {
		if p.Processor != string(augment.OverTensors) {
			return p, fmt.Errorf("processor is %q", p.Processor)
		}
		p.Processor = string(augment.OverArrays)
	}
	return p, err
}

// The class of DINOv3 resizes numbers where it rescales first, and levels where it does not.
func TestLevelsThatAreNotRescaled(t *testing.T) {
	for rescaled, want := range map[bool]augment.Arithmetic{true: augment.OverFloats, false: augment.OverTensors} {
		p, err := drawnPreparation{Config: map[string]any{
			"image_processor_type": "DINOv3ViTImageProcessor", "do_rescale": rescaled, "do_normalize": false,
		}}.preprocessing()
		if err != nil || p.Processor != string(want) {
			t.Errorf("do_rescale %v: the arithmetic is %q, %v, want %q", rescaled, p.Processor, err, want)
		}
	}
}
