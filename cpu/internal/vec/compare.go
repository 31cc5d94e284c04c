package vec

// Less is dst[i] = x[i] < y[i].
func Less(dst []bool, x, y []float32) {
	equal3("Less", len(dst), len(x), len(y))
	for i := range dst {
		dst[i] = x[i] < y[i]
	}
}

// LessEqual is dst[i] = x[i] ≤ y[i].
func LessEqual(dst []bool, x, y []float32) {
	equal3("LessEqual", len(dst), len(x), len(y))
	for i := range dst {
		dst[i] = x[i] <= y[i]
	}
}

// Equal is dst[i] = x[i] = y[i].
func Equal(dst []bool, x, y []float32) {
	equal3("Equal", len(dst), len(x), len(y))
	for i := range dst {
		dst[i] = x[i] == y[i]
	}
}

// Select is dst[i] = x[i] where mask[i], and y[i] elsewhere.
func Select(dst []float32, mask []bool, x, y []float32) {
	equal3("Select", len(dst), len(x), len(y))
	equal("Select", len(dst), len(mask))
	active.sel(dst, mask, x, y)
}

func selectPortable(dst []float32, mask []bool, x, y []float32) {
	for i := range dst {
		if mask[i] {
			dst[i] = x[i]
		} else {
			dst[i] = y[i]
		}
	}
}
