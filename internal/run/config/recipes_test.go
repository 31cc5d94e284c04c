package config

import (
	"path/filepath"
	"testing"
)

// Every recipe that comes with the program can be run as it is.
func TestRecipes(t *testing.T) {
	recipes, err := filepath.Glob("../../../configs/*.yaml")
	if err != nil || len(recipes) == 0 {
		t.Fatalf("no recipes in configs: %v", err)
	}
	for _, path := range recipes {
		c, err := Load(Sources{File: path}, small)
		if err == nil {
			_, err = c.Plan(small.Images)
		}
		if err != nil {
			t.Error(err)
		}
	}
}
