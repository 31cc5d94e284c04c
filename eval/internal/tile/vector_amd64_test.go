//go:build goexperiment.simd

package tile

import (
	"simd/archsimd"
	"testing"
)

func TestAVX2(t *testing.T) {
	if !archsimd.X86.AVX2() || !archsimd.X86.FMA() {
		t.Skip("this machine has no AVX2")
	}
	checkProducts(t, multiplyAVX2)
	checkAbove(t, aboveAVX2)
}

func TestAVX512(t *testing.T) {
	if !archsimd.X86.AVX512() {
		t.Skip("this machine has no AVX-512")
	}
	checkProducts(t, multiplyAVX512)
	checkAbove(t, aboveAVX512)
}
