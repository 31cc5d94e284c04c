//go:build !(goexperiment.simd && amd64)

package jpeg

// Without vectors the portable loops do everything.

func fullRangeVector(_, _, _, _ []uint8) int { return 0 }

func mixVector(_ []uint16, _, _ []uint8) int { return 0 }

func spreadVector(_ []uint8, _ []uint16, _, _ uint16, _ uint) int { return 0 }
