package figures

import (
	"errors"
	"fmt"
	"strings"
)

// demo is what `make demo` takes and reaches. Accuracies are those of k-NN, in percent.
type demo struct {
	Machine      string  `yaml:"machine"`
	Images       int     `yaml:"images"`
	Seconds      int     `yaml:"seconds"`
	BuildSeconds int     `yaml:"build_seconds"`
	MemoryGB     float64 `yaml:"memory_gb"`
	RawPixels    float64 `yaml:"raw_pixels"`
	BFloat16     float64 `yaml:"bfloat16"`
	Seeds        []seed  `yaml:"seeds"`
}

// seed is a run of the demo.
type seed struct {
	Seed      int       `yaml:"seed"`
	Untrained float64   `yaml:"untrained"`
	Trained   float64   `yaml:"trained"`
	Epochs    []float64 `yaml:"epochs"` // after epochs 2, 4, …
}

// validate reports a figure that is missing.
func (d demo) validate() error {
	if d.Machine == "" || d.Images == 0 || d.Seconds == 0 || d.BuildSeconds == 0 || d.MemoryGB == 0 ||
		d.RawPixels == 0 || d.BFloat16 == 0 || len(d.Seeds) == 0 {
		return errors.New("demo lacks a figure")
	}
	for i, s := range d.Seeds {
		if s.Seed != i || s.Untrained == 0 || s.Trained == 0 || len(s.Epochs) == 0 {
			return fmt.Errorf("demo, line %d of the seeds, lacks a figure or is not of seed %d", i+1, i)
		}
	}
	return nil
}

// summary is the table of README.md.
func (d demo) summary() string {
	lines := []string{"| seed | raw pixels | untrained network | trained |", "|---|---|---|---|"}
	for _, s := range d.Seeds {
		lines = append(lines, fmt.Sprintf("| %d | %.1f %% | %.1f %% | **%.1f %%** |", s.Seed, d.RawPixels, s.Untrained,
			s.Trained))
	}
	return markdown(append(lines, "",
		fmt.Sprintf("It takes %d s and %.1f GB of memory on %s, and the first build %d s more.", d.Seconds, d.MemoryGB,
			d.Machine, d.BuildSeconds))...)
}

// byEpochs is the part of docs/benchmarks.md.
func (d demo) byEpochs() string {
	lines := []string{
		fmt.Sprintf("`make demo` in a fresh clone, with modules and compiled packages in the caches: %d s with the "+
			"drawing of %s images, %.1f GB of memory. Building the program with an empty build cache takes %d s.",
			d.Seconds, thousands(d.Images), d.MemoryGB, d.BuildSeconds), "",
		"| seed | raw pixels | untrained | trained | epochs 2, 4, 6, 8, 10 |", "|---|---|---|---|---|",
	}
	for _, s := range d.Seeds {
		lines = append(lines, fmt.Sprintf("| %d | %.1f %% | %.1f %% | %.1f %% | %s |", s.Seed, d.RawPixels, s.Untrained,
			s.Trained, percents(s.Epochs, ", ")))
	}
	return markdown(lines...)
}

// inBFloat16 is a sentence of docs/benchmarks.md.
func (d demo) inBFloat16() string {
	return markdown(fmt.Sprintf("The best epoch of the demo has a k-NN accuracy of %.1f %% in float32 and %.1f %% in "+
		"bfloat16 (`--set model.precision=bfloat16`, seed %d).", d.Seeds[0].Trained, d.BFloat16, d.Seeds[0].Seed))
}

// recipe is the comment of configs/demo.yaml.
func (d demo) recipe() string {
	var trained, untrained []float64
	var seeds []string
	for _, s := range d.Seeds {
		trained, untrained, seeds = append(trained, s.Trained), append(untrained, s.Untrained),
			append(seeds, fmt.Sprint(s.Seed))
	}
	return fmt.Sprintf("# Cost: %d seconds on %s, with the drawing of the images;\n# %.1f GB of memory.\n",
		d.Seconds, d.Machine, d.MemoryGB) +
		fmt.Sprintf("# Result: k-NN accuracy %s %% on seeds %s;\n# untrained %s %%, raw pixels %.1f %%.\n",
			percents(trained, " / "), strings.Join(seeds, ", "), percents(untrained, " / "), d.RawPixels)
}

// percents lists accuracies with one digit after the point.
func percents(values []float64, separator string) string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = fmt.Sprintf("%.1f", v)
	}
	return strings.Join(texts, separator)
}

// thousands writes a number below a million with a comma.
func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%d,%03d", n/1000, n%1000)
}
