package layout

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/dino-go/dino/nets/projection"
)

// headPrefixes lists where the head of a backbone may lie.
func headPrefixes(backbone string) []string {
	if base, ok := strings.CutSuffix(backbone, "backbone."); ok {
		return []string{base + "head.", base + "dino_head."}
	}
	for _, role := range []string{roleTeacher, roleStudent} {
		if base, ok := strings.CutSuffix(backbone, "backbone."+role+"."); ok {
			return []string{base + "projector." + role + "."}
		}
	}
	return nil
}

// headAliases are the names of a weight-normed layer in newer versions of PyTorch.
var headAliases = map[string]string{
	"last_layer.parametrizations.weight.original0": "last_layer.weight_g",
	"last_layer.parametrizations.weight.original1": "last_layer.weight_v",
}

// heads finds the projection heads of all backbones, and describes them.
func (p *plan) heads(roots []root) {
	for i, r := range roots {
		part := PartTeacherHead
		if i > 0 {
			part = PartStudentHead
		}
		for _, at := range headPrefixes(r.prefix) {
			if p.takeHead(at, part) {
				break
			}
		}
	}
}

// takeHead adds the recipes of the head below a prefix, if there is one that is ours.
func (p *plan) takeHead(at, part string) bool {
	from := map[string]string{}
	for _, name := range p.source.Names() {
		if inner, ok := strings.CutPrefix(name, at); ok {
			if alias, ok := headAliases[inner]; ok {
				inner = alias
			}
			from[inner] = name
		}
	}
	if len(from) == 0 {
		return false
	}
	head, ok := p.describeHead(from)
	if ok && p.Head != nil && *p.Head != head {
		p.note("the heads of teacher and student differ; that of the %s is left over", part)
		return false
	}
	if !ok {
		p.note("the head below %q is of an unknown form and is left over: want the layers 0, 2, 4, 6 of "+
			"stable-pretraining, or mlp and last_layer with weight_g and weight_v of Meta", at)
		return false
	}
	p.Head = &head
	shapes := head.Shapes(p.Network.Width())
	for _, name := range slices.Sorted(maps.Keys(shapes)) {
		p.recipes = append(p.recipes, recipe{part: part, name: name, shape: shapes[name], from: []string{from[name]}})
	}
	return true
}

// describeHead reads a head's sizes from the shapes of its tensors, and verifies that it has those
// of that head and no others, but for buffers of a wrapper.
func (p *plan) describeHead(from map[string]string) (Head, bool) {
	head := Head{Kind: projection.Seed, Layers: 3}
	rows := func(name string) int {
		if s := p.shape(from[name]); len(s) > 0 {
			return s[0]
		}
		return 0
	}
	if _, official := from["last_layer.weight_v"]; official {
		head = officialHead(from, rows)
	} else {
		head.Hidden, head.Bottleneck, head.Prototypes = rows("0.weight"), rows("4.weight"), rows("6.weight")
	}
	if head.Layers > maxHeadLayers {
		return head, false
	}
	shapes := head.Shapes(p.Network.Width())
	for name, shape := range shapes {
		if source, ok := from[name]; !ok || !slices.Equal(p.shape(source), shape) {
			return head, false
		}
	}
	for name := range from {
		if _, ok := shapes[name]; !ok && !strings.HasSuffix(name, "_coefficient") {
			return head, false
		}
	}
	return head, true
}

// maxHeadLayers bounds the layers of a head, so that a name alone cannot ask for memory.
const maxHeadLayers = 64

// officialHead reads the sizes of Meta's head.
func officialHead(from map[string]string, rows func(string) int) Head {
	head := Head{Kind: projection.Official, Prototypes: rows("last_layer.weight_v")}
	if _, single := from["mlp.weight"]; single {
		head.Layers, head.Bottleneck = 1, rows("mlp.weight")
		return head
	}
	first, last := -1, -1
	for name := range from {
		segments := strings.Split(name, ".")
		index, err := strconv.Atoi(segments[min(1, len(segments)-1)])
		if err != nil || len(segments) != 3 || segments[0] != "mlp" {
			continue
		}
		head.BatchNorm = head.BatchNorm || segments[2] == "running_mean"
		if first < 0 || index < first {
			first = index
		}
		last = max(last, index)
	}
	step := 2
	if head.BatchNorm {
		step = 3
	}
	head.Layers = last/step + 1
	head.Hidden, head.Bottleneck = rows(fmt.Sprintf("mlp.%d.weight", first)), rows(fmt.Sprintf("mlp.%d.weight", last))
	return head
}
