//go:build goexperiment.simd

package augment

import "github.com/dino-go/dino/internal/pixel"

// vectors switches the vector versions of the loops on. Each of them processes
// as many elements as fill its vectors and returns how many those were; the
// portable loop does the rest, with the same arithmetic bit for bit.
var vectors = pixel.Available
