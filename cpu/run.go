package cpu

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"

	"github.com/dino-go/dino/cpu/internal/program"
)

// run is one execution.
type run struct {
	*executable
	donate  []bool
	program *program.Program
	inputs  []*Buffer // acquired
	memory  [][]byte  // of the inputs
	owned   [][]byte  // memory of donated inputs, by input; nil where it may not be used
	results [][]byte  // memory of the results
}

// begin checks the inputs and keeps their memory in place.
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

// takeDonated takes over the memory of donated inputs that nobody else is reading, this execution
// under another number included.
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

// end lets go of the inputs; what is left of the donated ones can be used again, and so can the
// run.
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
