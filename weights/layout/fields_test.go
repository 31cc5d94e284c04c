package layout

import (
	_ "embed"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/dino-go/dino/internal/testkit/pythontest"
)

//go:embed testdata/fields.py
var fieldsPython string

var update = flag.Bool("update", false, "write timm_names.txt")

// Every field that the installed timm and transformers write is in the table, and timm's names of
// architectures say what timm's networks are.
func TestEveryFieldHasAFate(t *testing.T) {
	python := pythontest.Find(t, "torch", "transformers", "timm")
	var library struct {
		Fields map[string][]string
		Names  map[string]string
	}
	pythontest.Run(t, python, fieldsPython, &library)
	for file, fields := range library.Fields {
		if len(fields) < 20 {
			t.Errorf("%s has %d fields: was it asked rightly?", file, len(fields))
		}
		for _, field := range fields {
			if _, ok := fates[file][field]; !ok {
				t.Errorf("%s writes %s, of which nothing is said in fates", file, field)
			}
		}
	}
	var want strings.Builder
	for _, name := range slices.Sorted(maps.Keys(library.Names)) {
		fmt.Fprintf(&want, "%s %s\n", name, library.Names[name])
	}
	if *update {
		if err := os.WriteFile("timm_names.txt", []byte(want.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	have, lines := strings.Split(timmNames, "\n"), strings.Split(want.String(), "\n")
	for _, line := range lines {
		if !slices.Contains(have, line) {
			t.Errorf("timm has %q, which timm_names.txt lacks: write it anew with -update", line)
		}
	}
}

// A field that is in no table, and a value that a table does not allow, are errors that name file,
// field and value.
func TestFieldsThatAreNotKnown(t *testing.T) {
	for file, c := range map[string]struct {
		config, want string
	}{
		"transformers": {
			`{"model_type": "vit", "rope_theta": 100.0}`,
			"config.json: the field rope_theta (100.0) is not known here, and may change the features: remove it from",
		},
		"activation": {
			`{"model_type": "vit", "hidden_act": "mish"}`,
			`config.json: hidden_act is "mish": must be an activation`,
		},
		"kind": {
			`{"model_type": "dpt"}`,
			"config.json: model_type is dpt, which is no network that is read here",
		},
		"heads": {
			`{"model_type": "vit", "pruned_heads": {"1": [2]}}`,
			`pruned_heads is {"1":[2]}: must be {} or null`,
		},
		"timm": {
			`{"architecture": "vit_tiny_patch16_224", "feature_dim": 3}`,
			"the field feature_dim (3) is not",
		},
		"architecture": {`{"architecture": "vit_base_patch16_siglip_224"}`, "whose blocks have pooling:map"},
		"model_args": {
			`{"architecture": "", "model_args": {"qk_norm": true}}`,
			"model_args: qk_norm is true: must be false",
		},
		"pool": {
			`{"architecture": "", "global_pool": "map"}`,
			`global_pool is "map": must be one of token, avg`,
		},
		"norm": {
			`{"architecture": "", "model_args": {"norm_layer": "rmsnorm"}}`,
			`norm_layer is "rmsnorm": must be`,
		},
		"block":          {`{"architecture": "", "model_args": {"block_fn": "ParallelThingsBlock"}}`, "block_fn is"},
		"no pooling":     {`{"architecture": "", "model_args": {"global_pool": ""}}`, `global_pool is ""`},
		"no writer":      {`{"hidden_size": 3}`, "has neither model_type (transformers) nor architecture (timm)"},
		"secret":         {`{"password": "hunter2"}`, "has neither model_type"},
		"unknown object": {`{"model_type": "vit", "per_layer_config": {"0": {}}}`, "blocks that differ are not read"},
	} {
		var d document
		d.name = "config.json"
		if err := json.Unmarshal([]byte(c.config), &d.fields); err != nil {
			t.Fatal(err)
		}
		p := plan{side: side{config: d}}
		err := p.readTraits()
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: got %v, want %q", file, err, c.want)
		}
	}
}

// What a preprocessor_config.json says that no batch or no network can be fed with is an error, and
// so are fields that are not known.
func TestProcessorsThatCannotWork(t *testing.T) {
	for _, c := range []struct{ config, want string }{
		{
			`{"image_processor_type": "DPTImageProcessor"}`,
			"is DPTImageProcessor, whose preparation",
		},
		{
			`{"image_processor_type": "ViTImageProcessor", "do_resize": false}`,
			"images would keep their own sizes",
		},
		{
			`{"image_processor_type": "ViTImageProcessor", "size": {"shortest_edge": 32}}`,
			"do_center_crop is false",
		},
		{
			`{"image_processor_type": "ViTImageProcessor", "size": {"longest_edge": 32}}`,
			`size is {"longest_edge":32}: must be`,
		},
		{
			`{"image_processor_type": "ViTImageProcessor", "resample": 9}`,
			"resample is 9: must be Pillow's number",
		},
		{
			`{"image_processor_type": "ViTImageProcessor", "do_pad": true}`,
			"do_pad is true: must be false or null",
		},
		{
			`{"image_processor_type": "ViTImageProcessor", "crop_ratio": 0.5}`,
			"the field crop_ratio (0.5) is not known",
		},
		{
			`{"image_processor_type": "ViTImageProcessor", "image_mean": [0.5, 0.5]}`,
			"image_mean has not one number",
		},
		{
			`{"image_processor_type": "ViTImageProcessor", "rescale_factor": 0}`,
			"rescale_factor is 0: must be positive",
		},
		{
			`{"image_processor_type": "BitImageProcessor", "crop_size": {"shortest_edge": 224}}`,
			"crop_size is missing or no height",
		},
		{
			`{"image_mean": [0.5, 0.5, 0.5]}`,
			"image_processor_type is missing",
		},
	} {
		d := document{name: "preprocessor_config.json"}
		if err := json.Unmarshal([]byte(c.config), &d.fields); err != nil {
			t.Fatal(err)
		}
		if _, err := d.preprocessing(""); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.config, err, c.want)
		}
	}
}
