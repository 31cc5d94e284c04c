package vec

import "github.com/dino-go/dino/cpu/internal/spare"

// chunk is the length of the float32 slices to which bfloat16 is converted where there is no kernel
// for it.
const chunk = 256

// chunks has the memory for such slices. It is kept, and not on the stack: kernels are called
// through variables, so escape analysis would move their arguments to the heap in each call.
var chunks spare.Stack[[2][chunk]float32]

// AddBF16 is dst[i] += x[i], where x holds the bits of bfloat16 numbers.
func AddBF16(dst []float32, x []uint16) {
	equal("AddBF16", len(dst), len(x))
	c := chunks.Get()
	defer chunks.Put(c)
	for len(x) > 0 {
		n := min(len(x), chunk)
		wide := c[0][:n]
		active.fromBF16(wide, x[:n])
		active.add(dst[:n], dst[:n], wide)
		dst, x = dst[n:], x[n:]
	}
}
