package program

import (
	"slices"
)

// alignment of every slot: one cache line, which is one AVX-512 vector.
const alignment = 64

// lifetime is the span of kernels during which a slot holds a value.
type lifetime struct{ slot, first, last int }

// Plan assigns memory: temporaries get offsets in one arena so that no two that live at the same
// time overlap, and a kernel that may work in place overwrites an input of which it is the last
// reader. It also finds for each output a donated input whose memory it can take. Call it once,
// after the last kernel.
func (p *Program) Plan() {
	lives := p.lifetimes()
	merged := p.shareInPlace(lives)
	p.pack(lives, merged)
	p.pairDonors(lives)
	for i := range p.Kernels {
		p.Kernels[i].nested = p.nested
		p.nested += len(p.Kernels[i].Nested)
	}
	p.frames = make(chan *Frame, maxFrames)
}

func (p *Program) lifetimes() []lifetime {
	lives := make([]lifetime, len(p.Slots))
	for i := range lives {
		lives[i] = lifetime{i, -1, -1}
	}
	for k, kernel := range p.Kernels {
		for _, list := range [][]int{kernel.Writes, kernel.Reads} {
			for _, s := range list {
				if lives[s].first < 0 {
					lives[s].first = k
				}
				lives[s].last = k
			}
		}
	}
	return lives
}

// shareInPlace returns for each slot the slot whose memory it uses, itself by default, and
// stretches that one's lifetime.
func (p *Program) shareInPlace(lives []lifetime) []int {
	root := make([]int, len(p.Slots))
	for i := range root {
		root[i] = i
	}
	for k, kernel := range p.Kernels {
		taken := map[int]bool{}
		for _, pair := range kernel.InPlace {
			from, to := root[pair[0]], pair[1]
			if p.Slots[from].Kind != Temporary || p.Slots[to].Kind != Temporary || root[to] != to || taken[from] ||
				lives[to].first != k {
				continue
			}
			if lives[from].last != k || p.Slots[from].Size < p.Slots[to].Size {
				continue
			}
			root[to], taken[from] = from, true
			lives[from].last = lives[to].last
		}
	}
	return root
}

// pack places temporaries by first fit, largest first: the usual greedy algorithm for neural
// networks, in practice within a few percent of the lower bound.
func (p *Program) pack(lives []lifetime, root []int) {
	var order []int
	for i, s := range p.Slots {
		if s.Kind == Temporary && root[i] == i && lives[i].first >= 0 && s.Size > 0 {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return p.Slots[b].Size - p.Slots[a].Size })
	var placed []int // by offset
	for _, s := range order {
		size, offset := aligned(p.Slots[s].Size), 0
		for _, other := range placed {
			if lives[other].last < lives[s].first || lives[s].last < lives[other].first {
				continue
			}
			if p.Slots[other].offset >= offset+size {
				break
			}
			offset = max(offset, p.Slots[other].offset+aligned(p.Slots[other].Size))
		}
		p.Slots[s].offset = offset
		at, _ := slices.BinarySearchFunc(placed, offset,
			func(other, offset int) int { return p.Slots[other].offset - offset })
		placed = slices.Insert(placed, at, s)
		p.arena = max(p.arena, offset+size)
	}
	for i := range p.Slots {
		if root[i] != i {
			p.Slots[i].offset = p.Slots[root[i]].offset
		}
	}
}

func aligned(size int) int { return (size + alignment - 1) &^ (alignment - 1) }

// pairDonors gives an output the memory of an input of the same size, for the case that the input
// is donated: the input must not be read after the kernel that writes the output, nor by it unless
// that kernel may work in place.
func (p *Program) pairDonors(lives []lifetime) {
	taken := map[int]bool{}
	pair := func(in, out int) {
		if !taken[in] && p.Slots[in].Kind == Input && p.Slots[out].Kind == Output && p.Slots[out].donor < 0 &&
			p.Slots[in].Size == p.Slots[out].Size {
			p.Slots[out].donor = in
			taken[in] = true
		}
	}
	for k, kernel := range p.Kernels {
		for _, io := range kernel.InPlace {
			if lives[io[0]].last == k && lives[io[1]].first == k {
				pair(io[0], io[1])
			}
		}
	}
	bySize := map[int][]int{}
	for _, in := range p.inputs {
		bySize[p.Slots[in].Size] = append(bySize[p.Slots[in].Size], in)
	}
	for _, out := range p.outputs {
		for _, in := range bySize[p.Slots[out].Size] {
			if lives[in].last < lives[out].first {
				pair(in, out)
			}
		}
	}
}
