package layout

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dino-go/dino/weights"
)

// wrappers are parts that PyTorch's wrappers of modules put into names: torch.compile, activation
// checkpointing and FSDP.
var wrappers = []string{"_orig_mod.", "_checkpoint_wrapped_module.", "_fsdp_wrapped_module.", "_fpw_module."}

// unwrapped is a source whose names have no parts of wrappers.
type unwrapped struct {
	weights.Source
	inner map[string]string // names of the source, by those without wrappers
}

// unwrap leaves the parts of wrappers out of names, wherever they are.
func unwrap(source weights.Source) (weights.Source, error) {
	u := unwrapped{source, map[string]string{}}
	changed := false
	for _, name := range source.Names() {
		short := name
		for _, wrapper := range wrappers {
			short = strings.ReplaceAll(short, wrapper, "")
		}
		if other, twice := u.inner[short]; twice {
			return nil, fmt.Errorf("%s and %s are both %s once the parts that PyTorch's wrappers add are left out",
				other,
				name, short)
		}
		u.inner[short] = name
		changed = changed || short != name
	}
	if !changed {
		return source, nil
	}
	return u, nil
}

func (u unwrapped) Names() []string { return slices.Sorted(maps.Keys(u.inner)) }

func (u unwrapped) Info(name string) (weights.Info, bool) { return u.Source.Info(u.inner[name]) }

func (u unwrapped) Tensor(name string) (weights.Tensor, error) { return u.Source.Tensor(u.inner[name]) }

func (u unwrapped) View(name string) (weights.Tensor, error) { return u.Source.View(u.inner[name]) }

// isPTH tells PyTorch's files, wrapped or not.
func isPTH(source weights.Source) bool {
	if u, ok := source.(unwrapped); ok {
		source = u.Source
	}
	_, ok := source.(*weights.PTH)
	return ok
}

// noteAmbiguous says what hangs on who wrote a file that does not say it.
func (p *plan) noteAmbiguous() {
	p.note("names do not tell whether Meta's DINO or timm wrote this, and Meta is taken. So images are normalised " +
		"with ImageNet's mean and standard deviation (timm's ViTs are mostly trained with 0.5), resized to 8/7 of " +
		"their size (timm: to 10/9), position embeddings resampled with an offset of 0.1 and not antialiased where " +
		"images are not of the native size (timm: antialiased), and sides that are no multiple of the patch are cut " +
		"off (timm: an error); --layout timm takes timm's, --layout official these without this note")
}

// noteSkipped lists the values of a PyTorch file of which nothing was made.
func (p *plan) noteSkipped() {
	file, ok := p.source.(*weights.PTH)
	if !ok {
		return
	}
	skipped := file.Skipped()
	if len(skipped) == 0 {
		return
	}
	var listed []string
	for _, name := range slices.Sorted(maps.Keys(skipped)) {
		listed = append(listed, fmt.Sprintf("%s (%s)", name, skipped[name]))
	}
	p.note("values of classes that are not known here were skipped, and nothing was run: %s", sample(listed))
}
