package augment_test

import (
	"math"
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
// distributions of every parameter. Factors and radii are drawn where every view
// has them: the reference draws them whatever their probability.
func goldenStats(t *testing.T, c *testkit.Case) {
	var want goldenDistribution
	c.Decode(&want)
	got := drawViews(t, want, func(name string) float64 { return want.Probabilities[name].Nominal })
	always := drawViews(t, want, func(string) float64 { return 1 })
	for kind, crops := range want.Crops {
		for name, row := range map[string]*goldenRow{
			"area": crops.Area, "aspect": crops.Aspect, "height": crops.Height, "width": crops.Width, "top": crops.Top,
			"left": crops.Left,
		} {
			compareRow(t, kind+" "+name, got[kind+" "+name], row)
		}
	}
	for name, row := range want.ColorJitter.Factors {
		compareRow(t, name, always[name], row)
	}
	compareRow(t, "blur radius", always["blur radius"], want.BlurRadius)
	for name, p := range want.Probabilities {
		compareFrequency(t, name, got[name], p.Nominal, p.Observed, p.Trials)
	}
	total := 0
	for _, n := range want.ColorJitter.First {
		total += n
	}
	for name, n := range want.ColorJitter.First {
		compareFrequency(t, "first "+name, always["first "+name], 1/float64(len(want.ColorJitter.First)),
			float64(n)/float64(total), total)
	}
}

// drawViews samples the views of want.Params.Draws images, with the probabilities
// p of what may happen to one.
func drawViews(t *testing.T, want goldenDistribution, p func(name string) float64) draws {
	t.Helper()
	config := augment.Default(augment.Paper)
	config.LocalCrops.Number = 1
	config.GlobalCrops.Scale, config.GlobalCrops.Ratio = want.Crops["global"].Scale, want.Crops["global"].Ratio
	config.LocalCrops.Scale, config.LocalCrops.Ratio = want.Crops["local"].Scale, want.Crops["local"].Ratio
	config.GlobalCrops.Blur.Sigma, config.LocalCrops.Blur.Sigma = want.BlurRadiusRange, want.BlurRadiusRange
	config.GlobalCrops.Blur.Probability = augment.PerView{p("blur_g1"), p("blur_g2")}
	config.LocalCrops.Blur.Probability = augment.PerView{p("blur_local")}
	config.GlobalCrops.Solarize.Probability = augment.PerView{0, p("solarize_g2")}
	config.Flip, config.Gray = p("flip"), p("gray")
	// Factors lie about 1 but for the hue, whose shift lies about 0; none is negative.
	strength := func(name string) float64 { return want.ColorJitter.Ranges[name][1] - 1 }
	config.Jitter = augment.JitterConfig{
		Probability: p("jitter"), Brightness: strength("brightness"), Contrast: strength("contrast"),
		Saturation: strength("saturation"), Hue: want.ColorJitter.Ranges["hue"][1],
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
		d.add(kind+" top", float64(b.Top)/float64(free))
	}
	if free := width - b.Width; free > 0 {
		d.add(kind+" left", float64(b.Left)/float64(free))
	}
}

// rounding is what the order of a sum, or another formula for the same fraction
// of integers, changes at most. Draws that are all equal have no other tolerance.
const rounding = 1e-9

// compareRow compares the mean of our draws, and the share of them below each
// quantile of the reference. Both deviate by chance: five standard errors of the
// difference are accepted, the larger of the reference's (5·se·√(1 + n/m)) and
// ours, for where what happens rarely happened to one only, its error is zero.
// Shares hold where values come in steps, too, which quantiles jump over.
func compareRow(t *testing.T, name string, got []float64, want *goldenRow) {
	t.Helper()
	if want == nil || want.N == 0 {
		return
	}
	n, m := float64(want.N), float64(len(got))
	if len(got) == 0 {
		if want.N > 25 { // by chance in one case of e²⁵
			t.Errorf("%s: nothing drawn, the reference has %d draws", name, want.N)
		}
		return
	}
	mean, se := meanAndError(got)
	tol := 5*max(want.MeanSE*math.Sqrt(1+n/m), math.Hypot(want.MeanSE, se)) + rounding*(1+math.Abs(want.Mean))
	if !(math.Abs(mean-want.Mean) <= tol) {
		t.Errorf("%s: mean is %v, want %v ± %v", name, mean, want.Mean, tol)
	}
	for i, level := range want.QuantileLevels {
		q := want.Quantiles[i]
		below, upTo := shares(got, q-rounding*(1+math.Abs(q)), q+rounding*(1+math.Abs(q)))
		tol := chance(level, n, m)
		if below > level+tol || upTo < level-tol {
			t.Errorf("%s: from %v to %v of the draws lie below quantile %v, %v; want %v ± %v", name, below, upTo, level,
				q, level, tol)
		}
	}
}

// meanAndError returns the mean of the values and its standard error.
func meanAndError(values []float64) (mean, se float64) {
	for _, v := range values {
		mean += v / float64(len(values))
	}
	for _, v := range values {
		se += (v - mean) * (v - mean) / float64(len(values))
	}
	return mean, math.Sqrt(se / float64(len(values)))
}

// shares returns the share of the values below one limit, and that up to another.
func shares(values []float64, low, high float64) (below, upTo float64) {
	for _, v := range values {
		if v < low {
			below += 1 / float64(len(values))
		}
		if v <= high {
			upTo += 1 / float64(len(values))
		}
	}
	return below, upTo
}

// chance is how far the shares of n and m draws with a probability p are apart by
// chance: five standard errors, and three draws' worth for what happens rarely,
// whose tails are longer.
func chance(p, n, m float64) float64 {
	return 5*math.Sqrt(p*(1-p)*(1/n+1/m)) + 3*math.Ceil(p*(1-p))*(1/n+1/m) + rounding
}

// compareFrequency compares how often an event happened with its probability,
// exactly but for the rounding of sums where that is 0 or 1, and with the reference's frequency.
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
	if d := math.Abs(frequency - nominal); d > chance(nominal, math.Inf(1), float64(len(got))) {
		t.Errorf("%s: happened in %v of the draws, want %v", name, frequency, nominal)
	}
	if d := math.Abs(frequency - observed); d > chance(nominal, float64(trials), float64(len(got))) {
		t.Errorf("%s: happened in %v of the draws, in %v of the reference's", name, frequency, observed)
	}
}
