package synth

// Class is one label of the set: a silhouette filled with a texture. No two
// classes share either.
type Class struct {
	// Name is the folder the class's images lie in, "shape-texture".
	Name string

	shape   shape
	texture texture
}

// classes is the table of the ten labels, in label order.
var classes = [...]Class{
	{"disc-rows", disc, rows},
	{"square-dots", square, dots},
	{"triangle-columns", triangle, columns},
	{"star-plain", star, plain},
	{"ring-checks", ring, checks},
	{"cross-diagonals", cross, diagonals},
	{"diamond-ripples", diamond, ripples},
	{"heart-grid", heart, grid},
	{"hexagon-speckle", hexagon, speckle},
	{"crescent-waves", crescent, waves},
}

// Classes returns the labels of the set in order; the caller owns the slice.
func Classes() []Class { return append([]Class(nil), classes[:]...) }
