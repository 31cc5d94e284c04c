package isa

import (
	"slices"
	"testing"
)

func TestAvailableEndsWithBest(t *testing.T) {
	levels := Available()
	if levels[0] != Portable || levels[len(levels)-1] != Best() || !slices.IsSorted(levels) {
		t.Errorf("Available() is %v, Best() %v", levels, Best())
	}
	for l, name := range map[Level]string{Portable: "portable", AVX2: "avx2", AVX512: "avx512", AVX512BF16: "avx512bf16", 9: "isa.Level(9)"} {
		if l.String() != name {
			t.Errorf("level %d is called %q, want %q", int(l), l, name)
		}
	}
}
