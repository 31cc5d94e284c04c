package cpu

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"

	"github.com/dino-go/dino/cpu/internal/graph"
	"github.com/dino-go/dino/cpu/internal/lower"
	"github.com/dino-go/dino/cpu/internal/pass"
	"github.com/dino-go/dino/cpu/internal/program"
	"github.com/dino-go/dino/cpu/internal/spare"
)

// executable is a compiled computation. It implements [compute.Executable] and is safe for
// concurrent use.
type executable struct {
	backend   *Backend
	name      string
	main      *graph.Function
	dynamic   bool // some parameter has dynamic axes: a program is compiled for each set of lengths at its first use
	finalized atomic.Bool

	runs spare.Stack[run] // idle, kept for reuse

	mu       sync.Mutex
	programs map[string]*program.Program // by the lengths of the dynamic axes
}

var _ compute.Executable = (*executable)(nil)

func newExecutable(b *builder) (*executable, error) {
	e := &executable{backend: b.backend, name: b.name, main: b.main.graph, programs: map[string]*program.Program{}}
	e.runs.New = func() *run { return &run{executable: e} }
	for _, p := range e.main.Params {
		e.dynamic = e.dynamic || p.Shape.IsDynamic()
	}
	if !e.dynamic {
		if _, err := e.compile("", e.main); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// compile compiles the program of a function without dynamic axes and stores it under key. It
// changes the function.
func (e *executable) compile(key string, f *graph.Function) (*program.Program, error) {
	if err := pass.Run(f); err != nil {
		return nil, fmt.Errorf("cpu: compiling %q: %w", e.name, err)
	}
	p, err := lower.Function(f, e.name, e.backend.pool)
	if err != nil {
		return nil, err
	}
	e.programs[key] = p
	return p, nil
}

// Finalize implements [compute.Executable]. Running executions end normally.
func (e *executable) Finalize() {
	if !e.finalized.CompareAndSwap(false, true) {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, p := range e.programs {
		p.Release()
	}
}

// Inputs implements [compute.Executable].
func (e *executable) Inputs() (names []string, inputs []shapes.Shape) {
	for _, p := range e.main.Params {
		names = append(names, p.Node.Attr.(graph.Parameter).Name)
		inputs = append(inputs, p.Shape)
	}
	return names, inputs
}

// Outputs implements [compute.Executable].
func (e *executable) Outputs() []shapes.Shape { return shapesOf(e.main.Results) }

// Execute implements [compute.Executable].
func (e *executable) Execute(inputs []compute.Buffer, donate []bool,
	device compute.DeviceNum,
) ([]compute.Buffer, error) {
	if device != 0 {
		return nil, fmt.Errorf("cpu: executing %q on device %d: the only one is 0", e.name, device)
	}
	if e.finalized.Load() {
		return nil, fmt.Errorf("cpu: executing %q: it has been finalized", e.name)
	}
	if err := e.backend.check(); err != nil {
		return nil, err
	}
	if len(inputs) != len(e.main.Params) || donate != nil && len(donate) != len(inputs) {
		return nil, fmt.Errorf("cpu: executing %q: %d inputs and %d donation flags: must have %d inputs", e.name,
			len(inputs), len(donate), len(e.main.Params))
	}
	r := e.runs.Get()
	r.donate = donate
	defer r.end()
	if err := r.begin(inputs); err != nil {
		return nil, fmt.Errorf("cpu: executing %q: %w", e.name, err)
	}
	return r.execute()
}

// programFor returns the program for inputs of the given shapes.
func (e *executable) programFor(inputs []*Buffer) (*program.Program, error) {
	if !e.dynamic {
		return e.programs[""], nil
	}
	lengths, key := map[string]int{}, strings.Builder{}
	for i, p := range e.main.Params {
		for axis, d := range p.Shape.Dimensions {
			if d != shapes.DynamicDim {
				continue
			}
			n, name := inputs[i].shape.Dimensions[axis], p.Shape.AxisName(axis)
			if known, ok := lengths[name]; ok && known != n {
				return nil, fmt.Errorf("axis %q has length %d in one input and %d in another: must be equal", name,
					known, n)
			}
			lengths[name] = n
			fmt.Fprintf(&key, "%d,", n)
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if p := e.programs[key.String()]; p != nil {
		return p, nil
	}
	f, err := specialize(e.main, lengths)
	if err != nil {
		return nil, err
	}
	return e.compile(key.String(), f)
}
