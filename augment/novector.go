//go:build !(goexperiment.simd && amd64)

package augment

// Without vectors the portable loops do everything.

func (r *resampler) layPairs() {}

func weightedColumnsVector(_, _ plane, _ int, _ *resampler) int { return 0 }

func weightedRowsVector(_ []uint8, _ plane, _ []int32) int { return 0 }

func boxSumVector(_, _ []uint8, _ []int, _ box) int { return 0 }

func symmetricBytesVector(_ []float32, _ []uint8, _ []int, _ []float32) int { return 0 }

func symmetricFloatsVector(_ []uint8, _, _ []float32) int { return 0 }

func blendAllVector(_, _ []uint8, _ uint8, _ float32) int { return 0 }

func saturateVector(_, _ []uint8, _ float32) int { return 0 }

func sumLumaVector(_ []uint8) (sum, n int) { return 0, 0 }

func grayVector(_, _ []uint8) int { return 0 }

func solarizeVector(_, _ []uint8, _ uint8) int { return 0 }

func (t *wheel) turnVector(_, _ []uint8, _ uint8) int { return 0 }
