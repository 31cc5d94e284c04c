package program

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/dino-go/dino/cpu/internal/parallel"
)

// sizes of slots are often the same, and seldom whole cache lines.
var sizes = []int{1, 64, 100, 300}

// randomProgram draws kernels that read slots written before and write new ones, or a slot of an
// earlier kernel again, as those do that fill it in parts; they fill every slot with its own
// number, while what they read must hold theirs.
func randomProgram(t *rapid.T, broken *string) *Program {
	p := &Program{Name: "random"}
	var known, written []int
	for i := range rapid.IntRange(1, 3).Draw(t, "inputs") {
		known = append(known, p.NewSlot(Slot{Kind: Input, Size: rapid.SampledFrom(sizes).Draw(t, "size"), Index: i}))
	}
	for range rapid.IntRange(1, 12).Draw(t, "kernels") {
		kernel := Kernel{Name: "k", Tasks: 1}
		for range rapid.IntRange(0, 3).Draw(t, "reads") {
			kernel.Reads = append(kernel.Reads, rapid.SampledFrom(known).Draw(t, "read"))
		}
		for range rapid.IntRange(1, 2).Draw(t, "writes") {
			out := p.drawTarget(t, kernel, written)
			if slices.Contains(kernel.Writes, out) || slices.Contains(kernel.Reads, out) {
				continue // no kernel does so
			}
			kernel.Writes = append(kernel.Writes, out)
			for _, r := range kernel.Reads {
				if count(kernel.Reads, r) == 1 && rapid.Bool().Draw(t, "in place") {
					kernel.InPlace = append(kernel.InPlace, [2]int{r, out})
				}
			}
		}
		check := func(f *Frame, r int) {
			for _, b := range f.Bytes(r) {
				if b != byte(r+1) {
					*broken = "a kernel read a slot that had been overwritten"
				}
			}
		}
		kernel.Run = func(f *Frame, _ int) {
			for _, r := range kernel.Reads {
				check(f, r)
			}
			for _, w := range kernel.Writes {
				fill(f.Bytes(w), byte(w+1))
			}
			for _, r := range kernel.Reads { // it may read in any order what it does not work on in place
				if !slices.ContainsFunc(kernel.InPlace, func(pair [2]int) bool { return pair[0] == r }) {
					check(f, r)
				}
			}
		}
		p.Kernels = append(p.Kernels, kernel)
		known, written = append(known, kernel.Writes...), append(written, kernel.Writes...)
	}
	p.Plan()
	return p
}

// drawTarget draws a slot to be written: a new one, often as large as one that the kernel reads, or
// one that has been written.
func (p *Program) drawTarget(t *rapid.T, k Kernel, written []int) int {
	if len(written) > 0 && rapid.IntRange(0, 3).Draw(t, "again") == 0 {
		return rapid.SampledFrom(written).Draw(t, "target")
	}
	s := Slot{Kind: Temporary, Size: rapid.SampledFrom(sizes).Draw(t, "size")}
	if len(k.Reads) > 0 && rapid.Bool().Draw(t, "as large") {
		s.Size = p.Slots[rapid.SampledFrom(k.Reads).Draw(t, "as")].Size
	}
	if rapid.IntRange(0, 3).Draw(t, "output") == 0 {
		s.Kind, s.Index = Output, len(p.outputs)
	}
	return p.NewSlot(s)
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
	for range 20 { // a hundred programs each
		rapid.Check(t, planKeepsWhatIsNeeded)
	}
}

func planKeepsWhatIsNeeded(t *rapid.T) {
	var broken string
	p := randomProgram(t, &broken)
	p.Pool = parallel.New(1)
	defer p.Pool.Close()
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
}

// The arena of a chain is that of its two largest neighbours, or of the largest value where kernels
// work in place.
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
