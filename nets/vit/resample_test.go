package vit_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/nets/vit"
)

// The references give the resampled embedding of every size of a case.
func TestGoldenResamplePosEmbed(t *testing.T) {
	for family, mode := range map[string]string{"vit": vit.PosEmbedTimm, "vit_official": vit.PosEmbedOfficial} {
		testkit.GoldenCases(t, family, func(t *testing.T, c *testkit.Case) {
			var g goldenCase
			c.Decode(&g)
			io := c.Tensors(t, "io.safetensors")
			native := float32s(t, c.Tensors(t, "model.safetensors"), "pos_embed")
			for tag, size := range g.Sizes {
				got, err := g.Params.Config(mode).ResamplePosEmbed(native, size)
				if err != nil {
					t.Fatal(err)
				}
				name := "pos_embed." + tag
				testkit.AllClose(t, name, got, float32s(t, io, name), testkit.Accept(c.Tolerance("io:"+name)))
			}
		})
	}
}

func TestResamplePosEmbedKeepsTheNativeTable(t *testing.T) {
	c := vit.Custom(24, 8, 2, 1, 1)
	pos := make([]float32, (1+9)*2)
	for i := range pos {
		pos[i] = float32(i)
	}
	got, err := c.ResamplePosEmbed(pos, [2]int{24, 24})
	if err != nil || !slices.Equal(got, pos) {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestResamplePosEmbedErrors(t *testing.T) {
	c := vit.Custom(24, 8, 2, 1, 1)
	pos := make([]float32, (1+9)*2)
	for _, test := range []struct {
		pos  []float32
		size [2]int
		want string
	}{
		{pos, [2]int{20, 24}, "images are 24×20 pixels: width and height must be positive multiples of the " +
			"patch size (8)"},
		{pos, [2]int{0, 24}, "images are 24×0 pixels"},
		{pos[2:], [2]int{24, 24}, "has 18 elements: must be 20, (1 + 3·3)·2"},
	} {
		if _, err := c.ResamplePosEmbed(test.pos, test.size); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v: got %v, want %q", test.size, err, test.want)
		}
	}
}
