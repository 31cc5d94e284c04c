//go:build !amd64

package gemm

import "github.com/dino-go/dino/cpu/internal/isa"

func enginesF32() map[isa.Level]*engine[float32] {
	return map[isa.Level]*engine[float32]{isa.Portable: portableF32}
}

func enginesBF16() map[isa.Level]*engine[uint16] {
	return map[isa.Level]*engine[uint16]{isa.Portable: portableBF16}
}
