// Package isa says which instruction sets the kernels may use on the processor at hand. It is asked
// when the program runs, never when it is built, so that one binary runs anywhere.
package isa

import (
	"fmt"
	"os"
	"strings"
)

// Level is a set of instructions that kernels are written for. Levels are ordered: each one
// includes those below it.
type Level int

const (
	Portable   Level = iota // plain Go, on any architecture
	AVX2                    // AVX2 and FMA: 8 float32 a register
	AVX512                  // AVX-512 F, BW, DQ and VL: 16 float32 a register and masks
	AVX512BF16              // AVX512 with products of bfloat16 pairs (VDPBF16PS)
)

var names = [...]string{"portable", "avx2", "avx512", "avx512bf16"}

func (l Level) String() string {
	if l >= 0 && int(l) < len(names) {
		return names[l]
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

// Variable is the environment variable that names the level to use instead of the best one, read
// when the program starts.
const Variable = "DINO_CPU"

// InUse is the level that kernels are chosen for: that of [Variable], or the best one. The error
// says that the variable names no level, or one that the processor lacks; the level is then the
// best one, and the package that opens the engine must report the error.
func InUse() (Level, error) { return inUse, errInUse }

var (
	best            = detect()
	inUse, errInUse = choose(os.Getenv(Variable), best)
)

func choose(name string, best Level) (Level, error) {
	if name == "" {
		return best, nil
	}
	for l := Portable; int(l) < len(names); l++ {
		switch {
		case l.String() != name:
		case l > best:
			return best, fmt.Errorf("%s is %s: this processor has no more than %s", Variable, name, best)
		default:
			return l, nil
		}
	}
	return best, fmt.Errorf("%s is %q: must be one of %s, or empty for the best that the processor has", Variable, name,
		strings.Join(names[:], ", "))
}
