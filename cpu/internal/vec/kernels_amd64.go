package vec

import "github.com/dino-go/dino/cpu/internal/isa"

// kernelsOf returns the kernels for a level.
func kernelsOf(level isa.Level) kernels {
	switch level {
	case isa.AVX2:
		return kernelsAVX2
	case isa.AVX512:
		return kernelsAVX512
	case isa.AVX512BF16:
		k, own := kernelsAVX512, &kernelsAVX512BF16
		k.expShiftBF16, k.subMulBF16 = own.expShiftBF16, own.subMulBF16
		k.geluBF16, k.geluGradBF16 = own.geluBF16, own.geluGradBF16
		return k
	}
	return portable
}
