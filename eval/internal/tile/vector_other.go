//go:build !goexperiment.simd || !amd64

package tile

var (
	multiply = multiplyPortable
	above    = abovePortable
)
