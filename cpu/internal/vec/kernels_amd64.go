package vec

import "github.com/dino-go/dino/cpu/internal/isa"

// kernelsOf returns the kernels for a level; bfloat16 has none of its own here.
func kernelsOf(level isa.Level) kernels {
	switch level {
	case isa.AVX2:
		return kernelsAVX2
	case isa.AVX512, isa.AVX512BF16:
		return kernelsAVX512
	}
	return portable
}
