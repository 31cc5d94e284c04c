package isa

import (
	"os"
	"slices"
	"strings"
	"testing"
)

func TestAvailableEndsWithBest(t *testing.T) {
	levels := Available()
	if levels[0] != Portable || levels[len(levels)-1] != Best() || !slices.IsSorted(levels) {
		t.Errorf("Available() is %v, Best() %v", levels, Best())
	}
	for l, name := range map[Level]string{
		Portable: "portable", AVX2: "avx2", AVX512: "avx512", AVX512BF16: "avx512bf16", 9: "isa.Level(9)",
		-1: "isa.Level(-1)",
	} {
		if l.String() != name {
			t.Errorf("level %d is called %q, want %q", int(l), l, name)
		}
	}
}

func TestChoose(t *testing.T) {
	for _, c := range []struct {
		name    string
		best    Level
		want    Level
		message string
	}{
		{"", AVX512, AVX512, ""},
		{"portable", AVX512BF16, Portable, ""},
		{"avx2", AVX512BF16, AVX2, ""},
		{"avx512", AVX512BF16, AVX512, ""},
		{"avx512bf16", AVX512BF16, AVX512BF16, ""},
		{"avx512", AVX2, AVX2, "DINO_CPU is avx512: this processor has no more than avx2"},
		{"avx2", Portable, Portable, "DINO_CPU is avx2: this processor has no more than portable"},
		{"AVX2", AVX512, AVX512, `DINO_CPU is "AVX2": must be one of portable, avx2, avx512, avx512bf16`},
		{"sse", AVX2, AVX2, `DINO_CPU is "sse": must be one of`},
	} {
		got, err := choose(c.name, c.best)
		if got != c.want || (err == nil) != (c.message == "") || err != nil &&
			!strings.Contains(err.Error(), c.message) {
			t.Errorf("choose(%q, %v) = %v, %v; want %v, %q", c.name, c.best, got, err, c.want, c.message)
		}
	}
}

// TestInUse checks that tests that are run at a given level use that level.
func TestInUse(t *testing.T) {
	level, err := InUse()
	if err != nil {
		t.Fatal(err)
	}
	if name := os.Getenv(Variable); name != "" && level.String() != name || name == "" && level != Best() {
		t.Errorf("with %s=%q the level is %v", Variable, name, level)
	}
}
