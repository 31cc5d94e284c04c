package testkit

import (
	"path/filepath"
	"slices"
	"testing"
)

// goldenFamilies are the families whose cases some test of this module runs.
var goldenFamilies = []string{
	"vit", "vit_official", "head", "loss", "ema", "step", "schedule", "augment", "eval",
}

// TestGoldenFamiliesKnown fails on a folder of cases that no test would run.
func TestGoldenFamiliesKnown(t *testing.T) {
	root := goldenRoot(t)
	requireAnyCase(t, root)
	for _, family := range folders(t, root) {
		cases := caseNames(t, filepath.Join(root, family))
		if len(cases) > 0 && !slices.Contains(goldenFamilies, family) {
			t.Errorf("%s: no test covers the golden family %s with its %d cases", root, family, len(cases))
		}
	}
}

// TestGoldenFilesOpen opens every tensor file of the tree with the strict reader.
func TestGoldenFilesOpen(t *testing.T) {
	for _, family := range goldenFamilies {
		GoldenCases(t, family, func(t *testing.T, c *Case) {
			var stored struct {
				Files []string `json:"files"`
			}
			c.Decode(&stored)
			for _, file := range stored.Files {
				if filepath.Ext(file) != ".safetensors" {
					continue
				}
				f := c.Tensors(t, file)
				if _, err := f.Tensors(); err != nil {
					t.Error(err)
				}
			}
		})
	}
}
