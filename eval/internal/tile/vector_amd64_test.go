//go:build goexperiment.simd

package tile

import (
	"simd/archsimd"
	"testing"
)

func TestMultiplyAVX2(t *testing.T) {
	if !archsimd.X86.AVX2() || !archsimd.X86.FMA() {
		t.Skip("this machine has no AVX2")
	}
	checkProducts(t, multiplyAVX2)
}

func TestMultiplyAVX512(t *testing.T) {
	if !archsimd.X86.AVX512() {
		t.Skip("this machine has no AVX-512")
	}
	checkProducts(t, multiplyAVX512)
}
