package cpu

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/notimplemented"
	"github.com/gomlx/compute/shapes"
	"github.com/pkg/errors"

	"github.com/dino-go/dino/cpu/internal/graph"
)

// builder records a computation. It implements [compute.Builder].
type builder struct {
	notimplemented.Builder
	backend  *Backend
	name     string
	main     *function
	compiled bool
	names    map[string]bool
}

var _ compute.Builder = (*builder)(nil)

func newBuilder(backend *Backend, name string) *builder {
	b := &builder{backend: backend, name: name, names: map[string]bool{compute.MainName: true}}
	b.Builder.ErrFn = notImplemented
	b.main = b.newFunction(compute.MainName, nil)
	return b
}

func notImplemented(op compute.OpType) error {
	return errors.Wrapf(compute.ErrNotImplemented, "cpu: %s", op)
}

func (b *builder) newFunction(name string, parent *function) *function {
	f := &function{builder: b, parent: parent, graph: &graph.Function{Name: name, Owner: b}}
	f.Function.ErrFn = notImplemented
	if parent != nil {
		f.graph.Parent = parent.graph
	}
	return f
}

// Name implements [compute.Builder].
func (b *builder) Name() string { return b.name }

// Main implements [compute.Builder].
func (b *builder) Main() compute.Function { return b.main }

// NewFunction implements [compute.Builder].
func (b *builder) NewFunction(name string) (compute.Function, error) {
	if b.compiled {
		return nil, fmt.Errorf("cpu: new function %q: the builder has been compiled", name)
	}
	if name == "" || b.names[name] {
		return nil, fmt.Errorf("cpu: new function %q: the name must not be empty or taken", name)
	}
	b.names[name] = true
	return b.newFunction(name, nil), nil
}

// OpShape implements [compute.Builder].
func (b *builder) OpShape(op compute.Value) (shapes.Shape, error) {
	v, err := b.value("OpShape", op)
	if err != nil {
		return shapes.Invalid(), err
	}
	return v.Shape, nil
}

// value checks that a value is one of this builder's.
func (b *builder) value(op string, x compute.Value) (*graph.Value, error) {
	v, ok := x.(*graph.Value)
	if !ok || v == nil {
		return nil, errors.Errorf("cpu: %s: the operand is a %T: must be a value of this engine", op, x)
	}
	if v.Node.Func.Owner != b {
		return nil, errors.Errorf("cpu: %s: the operand belongs to another builder", op)
	}
	return v, nil
}

// Compile implements [compute.Builder].
func (b *builder) Compile() (compute.Executable, error) {
	if b.compiled {
		return nil, fmt.Errorf("cpu: compiling %q: it has been compiled before", b.name)
	}
	if !b.main.returned {
		return nil, fmt.Errorf("cpu: compiling %q: the main function has not returned", b.name)
	}
	if err := b.backend.check(); err != nil {
		return nil, err
	}
	b.compiled = true
	return newExecutable(b)
}
