package gemm

// The route of a product is where the kernels read B and where they leave the sums. Both follow
// from the product and the engine alone, so that neither the threads nor the blocks of a product
// change its bits.

// routeOfB is where the kernels read B.
type routeOfB uint8

const (
	// noDepth: K is 0. B has no elements, and no kernel runs.
	noDepth routeOfB = iota
	// packedBefore: the caller has rearranged B, for several products with the same B.
	packedBefore
	// inPlace: the kernels read the rows of B where they lie. With few rows of A, packing B costs
	// more than it saves.
	inPlace
	// packedHere: the call packs B strip by strip, because the elements that a kernel reads
	// together do not lie together, are bfloat16 to be widened or paired, or are read by so many
	// rows of A that a packed copy pays.
	packedHere
)

func chooseB[T Element](p *Product[T], e *engine[T]) routeOfB {
	switch {
	case p.K == 0:
		return noDepth
	case p.Packed != nil:
		return packedBefore
	case e.native && e.pair == 1 && p.B.ColStride == 1 && p.M <= directRows:
		return inPlace
	}
	return packedHere
}

// routeOfSums is where the kernels add up the sums, and who applies the epilogue.
type routeOfSums uint8

const (
	// inWorkspace: sums are added up in the workspace. finish applies the epilogue there, and
	// copies or rounds the rows to C. The most general route.
	inWorkspace routeOfSums = iota
	// inC: sums are added up in C, which is float32. finish applies the epilogue there.
	inC
	// inCWithBias: as inC, and the kernels add the bias to complete sums. Nothing is left to
	// finish.
	inCWithBias
	// rounded: sums of all but the last block of the depth are added up in the workspace. With the
	// last one the kernels add the bias, round, and store to C, which is bfloat16. Nothing is left
	// to finish.
	rounded
)

func chooseSums[T Element](p *Product[T], e *engine[T]) routeOfSums {
	byKernels := p.K > 0 && p.Epilogue.biasAlone() // the kernels can do all of the epilogue
	switch inFloat32 := p.C.F32 != nil && !p.readsCLater(); {
	case inFloat32 && byKernels:
		return inCWithBias
	case inFloat32:
		return inC
	case p.C.BF16 != nil && e.narrows && byKernels && !p.Epilogue.Accumulate:
		return rounded
	}
	return inWorkspace
}

// readsCLater tells whether the epilogue reads C after the first sums would have been stored there:
// as a residual, or to be added to sums that are scaled before.
func (p *Product[T]) readsCLater() bool {
	return p.Epilogue.Accumulate && p.Epilogue.scaled() || p.C.overlaps(&p.Epilogue.Residual)
}

// inC tells whether C holds the sums from the first block of the depth on.
func (r routeOfSums) inC() bool { return r == inC || r == inCWithBias }

// finished tells whether the kernels leave nothing to be done.
func (r routeOfSums) finished() bool { return r == inCWithBias || r == rounded }
