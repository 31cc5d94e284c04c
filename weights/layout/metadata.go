package layout

import (
	"encoding/json"
	"fmt"

	"github.com/dino-go/dino/nets/vit"
)

// Keys of the metadata that our own safetensors carry. Their values are JSON of [vit.Config],
// [Preprocessing] and [Head].
const (
	MetadataViT           = "dino.vit"
	MetadataPreprocessing = "dino.preprocessing"
	MetadataHead          = "dino.head"
)

// Metadata returns what our own safetensors carry along. head is nil for a backbone alone.
func Metadata(network vit.Config, p Preprocessing, head *Head) (map[string]string, error) {
	out := map[string]string{"format": "pt", "producer": producer}
	values := map[string]any{MetadataViT: network, MetadataPreprocessing: p}
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
