package usage

// Annotations of a verb: what it is for.
const (
	Product = "product"
	Files   = "files" // standard output carries progress, which nobody needs to read
)

// MakesFiles annotates a verb whose product are files. The product of others is standard output.
func MakesFiles() map[string]string { return map[string]string{Product: Files} }
