// Package pixel moves 8-bit samples between memory and the vectors of the
// loops over pixels in augment and imageio. It is empty unless the program is
// built for amd64 with GOEXPERIMENT=simd.
package pixel
