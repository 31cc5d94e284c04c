package augment_test

import (
	"math"
	"slices"
	"testing"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/testkit"
)

// goldenRow describes the reference's draws of one quantity.
type goldenRow struct {
	N              int
	Mean           float64
	MeanSE         float64   `json:"mean_se"`
	QuantileLevels []float64 `json:"quantile_levels"`
	Quantiles      []float64
	QuantileSE     []float64 `json:"quantile_se"`
}

// goldenDistribution is a case of kind stats.
type goldenDistribution struct {
	Params struct{ Width, Height, Draws int }
	Crops  map[string]struct {
		Scale, Ratio [2]float64
		Area, Aspect *goldenRow
		Height       *goldenRow
		Width        *goldenRow
		Top          *goldenRow `json:"top_over_free"`
		Left         *goldenRow `json:"left_over_free"`
	}
	ColorJitter struct {
		Factors map[string]*goldenRow
		First   map[string]int `json:"first_operation_counts"`
		Ranges  map[string][2]float64
	} `json:"color_jitter"`
	Probabilities map[string]struct {
		Nominal, Observed float64
		Trials            int
	}
	BlurRadius      *goldenRow `json:"blur_radius"`
	BlurRadiusRange [2]float64 `json:"blur_radius_range"`
}

// draws collects what our own sampling gave, by the names of the golden rows.
type draws map[string][]float64

func (d draws) add(name string, value float64) { d[name] = append(d[name], value) }

func (d draws) addBool(name string, happened bool) {
	value := 0.0
	if happened {
		value = 1
	}
	d.add(name, value)
}

// goldenStats draws as many images as the reference did and compares the
// distributions of every parameter.
func goldenStats(t *testing.T, c *testkit.Case) {
	var want goldenDistribution
	c.Decode(&want)
	got := drawViews(t, want)
	for kind, crops := range want.Crops {
		for _, r := range []struct {
			name   string
			row    *goldenRow
			length string // what one pixel is compared with
		}{
			{"area", crops.Area, "height"},
			{"aspect", crops.Aspect, "height"},
			{"height", crops.Height, ""},
			{"width", crops.Width, ""},
			{"top", crops.Top, "free rows"},
			{"left", crops.Left, "free columns"},
		} {
			step := 1.0
			if r.length != "" {
				step = 1 / median(got[kind+" "+r.length])
			}
			compareRow(t, kind+" "+r.name, got[kind+" "+r.name], r.row, step)
		}
	}
	for name, row := range want.ColorJitter.Factors {
		compareRow(t, name, got[name], row, 0)
	}
	compareRow(t, "blur radius", got["blur radius"], want.BlurRadius, 0)
	for name, p := range want.Probabilities {
		compareFrequency(t, name, got[name], p.Nominal, p.Observed, p.Trials)
	}
	total := 0
	for _, n := range want.ColorJitter.First {
		total += n
	}
	for name, n := range want.ColorJitter.First {
		compareFrequency(t, "first "+name, got["first "+name], 0.25, float64(n)/float64(total), total)
	}
}

// drawViews samples the views of want.Params.Draws images.
func drawViews(t *testing.T, want goldenDistribution) draws {
	t.Helper()
	config := augment.Default(augment.Paper)
	config.LocalCrops.Number = 1
	config.GlobalCrops.Scale, config.GlobalCrops.Ratio = want.Crops["global"].Scale, want.Crops["global"].Ratio
	config.LocalCrops.Scale, config.LocalCrops.Ratio = want.Crops["local"].Scale, want.Crops["local"].Ratio
	config.GlobalCrops.Blur.Sigma, config.LocalCrops.Blur.Sigma = want.BlurRadiusRange, want.BlurRadiusRange
	p := func(name string) float64 { return want.Probabilities[name].Nominal }
	config.GlobalCrops.Blur.Probability = augment.PerView{p("blur_g1"), p("blur_g2")}
	config.LocalCrops.Blur.Probability = augment.PerView{p("blur_local")}
	config.GlobalCrops.Solarize.Probability = augment.PerView{0, p("solarize_g2")}
	config.Flip, config.Gray = p("flip"), p("gray")
	strength := func(name string) float64 {
		r := want.ColorJitter.Ranges[name]
		return (r[1] - r[0]) / 2
	}
	config.Jitter = augment.JitterConfig{
		Probability: p("jitter"), Brightness: strength("brightness"), Contrast: strength("contrast"),
		Saturation: strength("saturation"), Hue: strength("hue"),
	}
	views, err := augment.New(config, 16)
	if err != nil {
		t.Fatal(err)
	}
	got := draws{}
	for i := range want.Params.Draws {
		for _, view := range views.Sample(augment.NewRand(20, 0, i), want.Params.Width, want.Params.Height) {
			got.addView(view, want.Params.Width, want.Params.Height)
		}
	}
	return got
}

// addView records the parameters of one view.
func (d draws) addView(view augment.View, width, height int) {
	kind, name := "local", "local"
	if view.Global {
		kind, name = "global", []string{"g1", "g2"}[view.Index]
	}
	happened := map[string]bool{}
	first := ""
	factor := func(name string, value float64) {
		d.add(name, value)
		happened["jitter"] = true
		if first == "" {
			first = name
		}
	}
	for _, op := range view.Ops {
		switch op := op.(type) {
		case augment.ResizedCrop:
			d.addBox(kind, op.Box, width, height)
		case augment.HFlip:
			happened["flip"] = true
		case augment.Brightness:
			factor("brightness", op.Factor)
		case augment.Contrast:
			factor("contrast", op.Factor)
		case augment.Saturation:
			factor("saturation", op.Factor)
		case augment.Hue:
			factor("hue", op.Factor)
		case augment.Grayscale:
			happened["gray"] = true
		case augment.GaussianBlurPIL:
			happened["blur"] = true
			d.add("blur radius", op.Radius)
		case augment.Solarize:
			happened["solarize"] = true
		}
	}
	for _, event := range []string{"flip", "jitter", "gray"} {
		d.addBool(event, happened[event])
	}
	for _, event := range []string{"blur", "solarize"} {
		d.addBool(event+"_"+name, happened[event])
	}
	if first != "" {
		for _, name := range []string{"brightness", "contrast", "saturation", "hue"} {
			d.addBool("first "+name, first == name)
		}
	}
}

// addBox records one crop box.
func (d draws) addBox(kind string, b augment.Box, width, height int) {
	d.add(kind+" area", float64(b.Width*b.Height)/float64(width*height))
	d.add(kind+" aspect", float64(b.Width)/float64(b.Height))
	d.add(kind+" height", float64(b.Height))
	d.add(kind+" width", float64(b.Width))
	if free := height - b.Height; free > 0 {
		d.add(kind+" free rows", float64(free))
		d.add(kind+" top", float64(b.Top)/float64(free))
	}
	if free := width - b.Width; free > 0 {
		d.add(kind+" free columns", float64(free))
		d.add(kind+" left", float64(b.Left)/float64(free))
	}
}

// compareRow accepts deviations of five standard errors of the difference
// between the reference's n draws and our m, and for quantiles one step more: by
// how much a quantile can jump because boxes have integer sides.
func compareRow(t *testing.T, name string, got []float64, want *goldenRow, step float64) {
	t.Helper()
	if want == nil {
		return
	}
	if len(got) == 0 {
		t.Errorf("%s: nothing drawn, the reference has %d draws", name, want.N)
		return
	}
	width := 5 * math.Sqrt(1+float64(want.N)/float64(len(got)))
	mean := 0.0
	for _, v := range got {
		mean += v / float64(len(got))
	}
	if d := math.Abs(mean - want.Mean); d > width*want.MeanSE {
		t.Errorf("%s: mean is %v, want %v ± %v", name, mean, want.Mean, width*want.MeanSE)
	}
	for i, level := range want.QuantileLevels {
		q, tol := quantile(got, level), width*want.QuantileSE[i]+step
		if d := math.Abs(q - want.Quantiles[i]); d > tol {
			t.Errorf("%s: quantile %v is %v, want %v ± %v", name, level, q, want.Quantiles[i], tol)
		}
	}
}

// quantile returns the value below which a share of the values lies.
func quantile(values []float64, level float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[int(math.Round(level*float64(len(sorted)-1)))]
}

// median returns the middle value, 1 where there is none.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 1
	}
	return quantile(values, 0.5)
}

// compareFrequency compares how often an event happened with its probability,
// exactly where that is 0 or 1, and with the reference's frequency.
func compareFrequency(t *testing.T, name string, got []float64, nominal, observed float64, trials int) {
	t.Helper()
	if len(got) == 0 {
		t.Errorf("%s: nothing drawn", name)
		return
	}
	frequency := 0.0
	for _, v := range got {
		frequency += v / float64(len(got))
	}
	own, other := 1/float64(len(got)), 1/float64(trials)
	se := math.Sqrt(nominal * (1 - nominal))
	if d := math.Abs(frequency - nominal); d > 5*se*math.Sqrt(own)+1e-9 {
		t.Errorf("%s: happened in %v of the draws, want %v", name, frequency, nominal)
	}
	if d := math.Abs(frequency - observed); d > 5*se*math.Sqrt(own+other)+1e-9 {
		t.Errorf("%s: happened in %v of the draws, in %v of the reference's", name, frequency, observed)
	}
}
