package layout

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/dino-go/dino/nets/vit"
)

// timmNames has a line for every architecture of timm's VisionTransformer and its distilled form:
// what tensors do not show. A test compares it with timm, and writes it with -update.
//
//go:embed timm_names.txt
var timmNames string

// timmTable is timmNames by name.
var timmTable = sync.OnceValue(func() map[string]map[string]string {
	table := map[string]map[string]string{}
	for line := range strings.Lines(timmNames) {
		words := strings.Fields(line)
		if len(words) == 0 || words[0] == "#" {
			continue
		}
		row := map[string]string{}
		for _, word := range words[1:] {
			key, value, _ := strings.Cut(word, "=")
			row[key] = value
		}
		table[words[0]] = row
	}
	return table
})

// timmArchitecture is what timm's name of an architecture says. A file without a name says nothing.
func timmArchitecture(d document, name string) (traits, error) {
	t := traits{activation: vit.GELU, epsilon: 1e-6, pool: vit.PoolToken, norm: vit.NormTokens}
	if name == "" {
		return t, nil
	}
	row, ok := timmTable()[name]
	if !ok {
		return t, d.errorf("architecture",
			"is %s, which is no vision transformer of timm that is known here: if it is "+
				"one that computes as they do, remove the field, and state what differs in model_args", quotable(name))
	}
	if other, ok := row["other"]; ok {
		return t, d.errorf("architecture", "is %s, whose blocks have %s: such networks are not read here",
			quotable(name), strings.ReplaceAll(other, ",", " and "))
	}
	for key, value := range row {
		switch key {
		case "width":
			t.width, _ = strconv.Atoi(value)
		case "heads":
			t.heads, _ = strconv.Atoi(value)
		case "act":
			t.activation = value
		case "eps":
			t.epsilon, _ = strconv.ParseFloat(value, 64)
		case "pool":
			t.pool = value
		case "norm":
			t.norm = value
		case "post":
			t.postNorm = true
		default:
			return t, fmt.Errorf("timm_names.txt has the key %s for %s", key, name)
		}
	}
	return t, nil
}

// keys lists the keys of a map, for messages.
func keys[V any](m map[string]V) string { return strings.Join(slices.Sorted(maps.Keys(m)), ", ") }

func contains(values []string, value string) bool { return slices.Contains(values, value) }
