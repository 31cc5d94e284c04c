package cpu

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"

	"github.com/dino-go/dino/cpu/internal/program"
)

// run is the state of one execution.
type run struct {
	*executable
	donate  []bool
	program *program.Program
	inputs  []*Buffer // acquired
	memory  [][]byte  // of the inputs
	owned   [][]byte  // memory of donated inputs, by input; nil where the execution may not write to it
	results [][]byte  // memory of the results
}

// begin checks the inputs, acquires their memory and finds the program for their shapes.
func (r *run) begin(inputs []compute.Buffer) error {
	for i, x := range inputs {
		b, ok := x.(*Buffer)
		if !ok || b == nil || b.backend != r.backend {
			return fmt.Errorf("input %d is a %T: must be a buffer of this backend", i, x)
		}
		if want := r.main.Params[i].Shape; !fits(b.shape, want) {
			return fmt.Errorf("input %d (%s) is %s: must be %s", i, r.main.Params[i].Node.Attr, b.shape, want)
		}
		data, err := b.acquire()
		if err != nil {
			return fmt.Errorf("input %d: %w", i, err)
		}
		r.inputs = append(r.inputs, b)
		r.memory = append(r.memory, data)
	}
	var err error
	r.program, err = r.programFor(r.inputs)
	return err
}

// fits tells whether a buffer's shape is that of a parameter, whose dynamic axes may have any
// length.
func fits(got, want shapes.Shape) bool {
	if got.DType != want.DType || got.Rank() != want.Rank() {
		return false
	}
	for i, d := range want.Dimensions {
		if d != shapes.DynamicDim && d != got.Dimensions[i] {
			return false
		}
	}
	return true
}

// execute runs the program. Results take the memory of donated inputs where the program can work in
// place.
func (r *run) execute() ([]compute.Buffer, error) {
	r.takeDonated()
	outputs := make([]compute.Buffer, len(r.program.Outputs))
	for i, shape := range r.program.Outputs {
		b := &Buffer{backend: r.backend, shape: shape}
		if d := r.program.Donor(i); d >= 0 && r.owned[d] != nil {
			b.data, r.owned[d] = r.owned[d], nil
		} else {
			b.data = r.backend.memory.get(shape.Size() * shape.DType.Size())
		}
		outputs[i] = b
		r.results = append(r.results, b.data)
	}
	if err := r.program.Run(r.memory, r.results); err != nil {
		return nil, err
	}
	return outputs, nil
}

// takeDonated takes over the memory of donated inputs that no other execution is reading, and that
// are not another input of this execution, too.
func (r *run) takeDonated() {
	for i, b := range r.inputs {
		var owned []byte
		if r.donate != nil && r.donate[i] {
			if data, ok := b.donate(); ok {
				owned = data
			}
		}
		r.owned = append(r.owned, owned)
	}
}

// end releases the inputs, returns donated memory that no result has taken to the pool, and keeps
// the run for reuse.
func (r *run) end() {
	for _, b := range r.inputs {
		b.release()
	}
	for _, data := range r.owned {
		if data != nil && !r.backend.finalized.Load() {
			r.backend.memory.put(data)
		}
	}
	clear(r.inputs)
	clear(r.memory)
	clear(r.owned)
	clear(r.results)
	r.inputs, r.memory, r.owned, r.results = r.inputs[:0], r.memory[:0], r.owned[:0], r.results[:0]
	r.donate, r.program = nil, nil
	r.runs.Put(r)
}
