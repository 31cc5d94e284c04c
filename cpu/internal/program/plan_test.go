package program

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/dino-go/dino/cpu/internal/parallel"
)

// randomProgram draws kernels that read slots written before and write new ones; run fills every slot with its own number, after checking
// that what it reads still holds theirs.
func randomProgram(t *rapid.T, broken *string) *Program {
	p := &Program{Name: "random"}
	var known []int
	for i := range rapid.IntRange(1, 3).Draw(t, "inputs") {
		known = append(known, p.NewSlot(Slot{Kind: Input, Size: rapid.IntRange(1, 300).Draw(t, "size"), Index: i}))
	}
	for k := range rapid.IntRange(1, 12).Draw(t, "kernels") {
		kernel := Kernel{Name: "k", Tasks: 1}
		for range rapid.IntRange(0, 3).Draw(t, "reads") {
			kernel.Reads = append(kernel.Reads, rapid.SampledFrom(known).Draw(t, "read"))
		}
		kind := Temporary
		if k%4 == 3 {
			kind = Output
		}
		size := rapid.IntRange(1, 300).Draw(t, "size")
		if len(kernel.Reads) > 0 && rapid.Bool().Draw(t, "in place") {
			size = p.Slots[kernel.Reads[0]].Size
		}
		out := p.NewSlot(Slot{Kind: kind, Size: size, Index: len(p.outputs)})
		kernel.Writes = []int{out}
		if len(kernel.Reads) > 0 && count(kernel.Reads, kernel.Reads[0]) == 1 && size == p.Slots[kernel.Reads[0]].Size {
			kernel.InPlace = [][2]int{{kernel.Reads[0], out}}
		}
		reads := kernel.Reads
		kernel.Run = func(f *Frame, _ int) {
			for _, r := range reads {
				for _, b := range f.Bytes(r) {
					if b != byte(r+1) {
						*broken = "a kernel read a slot that somebody had written over"
					}
				}
			}
			fill(f.Bytes(out), byte(out+1))
		}
		p.Kernels = append(p.Kernels, kernel)
		known = append(known, out)
	}
	p.Plan()
	return p
}

func count(list []int, x int) (n int) {
	for _, y := range list {
		if x == y {
			n++
		}
	}
	return n
}

func fill(b []byte, v byte) {
	for i := range b {
		b[i] = v
	}
}

// No plan lets two slots share memory while both are needed, with and without donated inputs.
func TestPlanKeepsWhatIsNeeded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var broken string
		p := randomProgram(t, &broken)
		p.Pool = parallel.New(1)
		var inputs, outputs [][]byte
		for _, s := range p.inputs {
			b := make([]byte, p.Slots[s].Size)
			fill(b, byte(s+1))
			inputs = append(inputs, b)
		}
		donated := rapid.Bool().Draw(t, "donated")
		for i, s := range p.outputs {
			if d := p.Donor(i); d >= 0 && donated {
				outputs = append(outputs, inputs[d])
			} else {
				outputs = append(outputs, make([]byte, p.Slots[s].Size))
			}
		}
		if err := p.Run(inputs, outputs); err != nil {
			t.Fatal(err)
		}
		if broken != "" {
			t.Fatal(broken)
		}
		for i, s := range p.outputs {
			if outputs[i][0] != byte(s+1) {
				t.Fatalf("output %d holds %d, want %d", i, outputs[i][0], s+1)
			}
		}
	})
}

// The arena of a chain is that of its two largest neighbours, or of the largest value where kernels work in place.
func TestPlanReusesMemory(t *testing.T) {
	for _, inPlace := range []bool{false, true} {
		p := &Program{}
		at := p.NewSlot(Slot{Kind: Input, Size: 1 << 10})
		for range 20 {
			next := p.NewSlot(Slot{Kind: Temporary, Size: 1 << 10})
			k := Kernel{Reads: []int{at}, Writes: []int{next}}
			if inPlace {
				k.InPlace = [][2]int{{at, next}}
			}
			p.Kernels = append(p.Kernels, k)
			at = next
		}
		p.Plan()
		want := 2 << 10
		if inPlace {
			want = 1 << 10
		}
		if p.ArenaSize() != want {
			t.Errorf("in place %v: arena of %d bytes, want %d", inPlace, p.ArenaSize(), want)
		}
	}
}
