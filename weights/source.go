package weights

// Source is an open file, or several, that hold named tensors: safetensors alone or sharded, or a
// PyTorch file. The names are known; data is read when asked for. A Source may be used by several
// goroutines at once.
type Source interface {
	// Path returns the path that the source was opened with.
	Path() string
	// Names returns the names of all tensors, sorted.
	Names() []string
	// Info returns type and shape of a tensor, and whether the source has it.
	Info(name string) (Info, bool)
	// View returns a tensor whose data may be mapped from the file: it must not be written to, and
	// is valid until Close.
	View(name string) (Tensor, error)
	// Tensor returns a tensor with data of its own, which stays valid after Close.
	Tensor(name string) (Tensor, error)
	// Metadata returns the strings that the source holds besides tensors; nil if there are none.
	Metadata() map[string]string
	// Close releases the file.
	Close() error
}
