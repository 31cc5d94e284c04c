package optim

import "testing"

func TestDecays(t *testing.T) {
	for _, test := range []struct {
		name     string
		rank     int
		matrices bool // under DecayMatrices
	}{
		{"weight", 2, true},
		{"blocks.0.attn.qkv.weight", 2, true},
		{"patch_embed.proj.weight", 4, true},
		{"cls_token", 3, true},
		{"pos_embed", 3, true},
		{"last_layer.weight_g", 2, true},
		{"blocks.0.attn.qkv.bias", 1, false},
		{"bias", 1, false},
		{"bias", 2, false},
		{"table.bias", 2, false},
		{"norm.weight", 1, false},
		{"ls1.gamma", 1, false},
		{"unbiased", 2, true},
		{"temperature", 0, true}, // a scalar is not one-dimensional: the official code decays it
	} {
		if got := Decays(DecayMatrices, test.name, test.rank); got != test.matrices {
			t.Errorf("matrices: %s of rank %d decays: %t, want %t", test.name, test.rank, got, test.matrices)
		}
		if !Decays(DecayAll, test.name, test.rank) {
			t.Errorf("all: %s of rank %d does not decay", test.name, test.rank)
		}
	}
}
