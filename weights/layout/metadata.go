package layout

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dino-go/dino/nets"
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

// producer is the name of this program in the metadata.
const producer = "dino"
