// Package isa says which instruction sets the kernels may use on the processor at hand. It is asked when the program runs, never when
// it is built, so that one binary runs anywhere.
package isa

import "fmt"

// Level is a set of instructions that kernels are written for. Levels are ordered: each one includes those below it.
type Level int

const (
	Portable   Level = iota // plain Go, on any architecture
	AVX2                    // AVX2 and FMA: 8 float32 a register
	AVX512                  // AVX-512 F, BW, DQ and VL: 16 float32 a register and masks
	AVX512BF16              // AVX512 with products of bfloat16 pairs (VDPBF16PS)
)

func (l Level) String() string {
	switch l {
	case Portable:
		return "portable"
	case AVX2:
		return "avx2"
	case AVX512:
		return "avx512"
	case AVX512BF16:
		return "avx512bf16"
	}
	return fmt.Sprintf("isa.Level(%d)", int(l))
}

// Best is the highest level that this processor and its operating system support.
func Best() Level { return best }

// Available lists the levels that can run here, from Portable to Best.
func Available() []Level {
	var levels []Level
	for l := Portable; l <= best; l++ {
		levels = append(levels, l)
	}
	return levels
}

var best = detect()
