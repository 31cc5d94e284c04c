package layout

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dino-go/dino/nets"
	"github.com/dino-go/dino/weights"
)

// Keys of the metadata that our own safetensors carry, beside [MetadataNetwork]. Their values are
// JSON of [Preprocessing] and [Head].
const (
	MetadataPreprocessing = metadataPrefix + "preprocessing"
	MetadataHead          = metadataPrefix + "head"
)

const metadataPrefix = "dino."

// MetadataNetwork is the key of a network's configuration, whose value is its JSON: "dino.vit" for
// a vision transformer. It follows from [nets.Config.Kind].
func MetadataNetwork(kind string) string { return metadataPrefix + kind }

// statedKind is the kind of the network that metadata describe; empty where they describe none.
func statedKind(metadata map[string]string) string {
	for _, key := range slices.Sorted(maps.Keys(metadata)) {
		kind, ours := strings.CutPrefix(key, metadataPrefix)
		if ours && key != MetadataPreprocessing && key != MetadataHead && metadata[key] != "" {
			return kind
		}
	}
	return ""
}

// Metadata returns what our own safetensors carry along. head is nil for a backbone alone.
func Metadata(network nets.Config, p Preprocessing, head *Head) (map[string]string, error) {
	out := map[string]string{"format": "pt", "producer": producer}
	values := map[string]any{MetadataNetwork(network.Kind()): network, MetadataPreprocessing: p}
	if head != nil {
		values[MetadataHead] = head
	}
	for key, value := range values {
		text, err := json.Marshal(value)
		if err != nil {
			return nil, fmt.Errorf("weights: metadata %s: %w", key, err)
		}
		out[key] = string(text)
	}
	return out, nil
}

// Attributes returns the same for a state dict of PyTorch, as settings of [weights.WritePTH] that
// are not among its tensors.
func Attributes(metadata map[string]string) map[string]any {
	out := map[string]any{}
	for key, value := range metadata {
		if strings.HasPrefix(key, metadataPrefix) || key == "producer" {
			out[attributes+key] = value
		}
	}
	return out
}

// ForeignAttributes are the settings with which our files in the layout of another project say what
// its names do not: the layout and the number of attention heads. A checkpoint of several state
// dicts has them among its values.
func ForeignAttributes(layout string, heads int, checkpoint bool) map[string]any {
	at := attributes
	if checkpoint {
		at = "dino/"
	}
	return map[string]any{at + "layout": layout, at + "num_heads": int64(heads)}
}

// Keys of what [ForeignAttributes] says.
const (
	statedLayout = "layout of dino"
	statedHeads  = "num_heads of dino"
)

// attributes is what the names of our attributes begin with.
const attributes = weights.PTHAttributes + "/dino/"

// own returns the metadata of a source, with our attributes of a PyTorch file under the names that
// they have in safetensors.
func own(source weights.Source) map[string]string {
	out := map[string]string{}
	for key, value := range source.Metadata() {
		short, ok := strings.CutPrefix(key, attributes)
		if !ok {
			short, ok = strings.CutPrefix(key, "dino/")
		}
		switch {
		case !ok:
			out[key] = value
		case short == "layout" && slices.Contains(Layouts, value):
			out[statedLayout] = value
		case short == "num_heads":
			out[statedHeads] = value
		default:
			out[short] = value
		}
	}
	return out
}

// producer is the name of this program in the metadata.
const producer = "dino"
