package survey

import (
	"context"
	"math/bits"
)

// maxCompared bounds the pairs whose looks are compared, for folders whose images have hashes that
// are alike in one part all over: some seconds.
const maxCompared = 2_000_000_000

// parts is how many pieces of 16 bits a hash is cut into, each of which is looked up.
const parts = 8

// pieces cuts a look into pieces whose bits come from all over the picture, so that a white border
// does not make one piece of all images the same.
func (l *look) pieces() (p [parts]uint16) {
	for i := range 64 {
		p[i%parts] = p[i%parts]<<1 | uint16(l.waves>>i&1)
		p[(i+i/parts)%parts] = p[(i+i/parts)%parts]<<1 | uint16(l.slopes>>i&1)
	}
	return p
}

// entry is a look in the table of a piece, with what is compared beside it.
type entry struct {
	waves, slopes uint64
	number        int32
}

// alike groups looks that are near duplicates, directly or through others; complete is false if
// there were more pairs to compare than most. Groups have two members or more, in order. It fails
// only when ctx is done.
//
// Two hashes that differ in at most nearBits, fewer than twice the number of pieces, have a piece
// in which they differ by at most one bit (the pigeonhole principle). So for every piece those are
// compared that have the same there, or one of the 16 values that are one bit from it.
func alike(ctx context.Context, looks []look, most int) (groups [][]int, complete bool, err error) {
	links := newUnion(len(looks))
	different := distinct(looks, links)
	left := most
	for p := range parts {
		table, begins := tableOf(looks, different, p)
		for at := range 1 << 16 {
			if at%1024 == 0 && ctx.Err() != nil {
				return nil, false, ctx.Err()
			}
			own := table[begins[at]:begins[at+1]]
			for k := range own {
				left -= link(looks, links, own[k+1:], &own[k])
				for flip := range 16 {
					if other := at ^ 1<<flip; other > at { // else it was compared from the other side
						left -= link(looks, links, table[begins[other]:begins[other+1]], &own[k])
					}
				}
				if left < 0 {
					return links.groups(), false, nil
				}
			}
		}
	}
	return links.groups(), true, nil
}

// What a pair costs that is near, in comparisons of pairs that are not: where the two were joined
// already, and where they were not.
const (
	joinedCost = 5
	joinCost   = 100
)

// link joins a look with those of a bucket that are near, and returns what that cost in
// comparisons.
func link(looks []look, links union, bucket []entry, e *entry) int {
	cost := len(bucket)
	group := links.root(int(e.number))
	for i := range bucket {
		b := &bucket[i]
		if bits.OnesCount64(e.waves^b.waves)+bits.OnesCount64(e.slopes^b.slopes) > nearBits {
			continue
		}
		if links.root(int(b.number)) == group {
			cost += joinedCost
			continue
		}
		cost += joinCost
		if looks[e.number].colours(&looks[b.number], nearColour) {
			links.join(int(e.number), int(b.number))
			group = links.root(group)
		}
	}
	return cost
}

// distinct joins looks that are equal, and returns the first of each.
func distinct(looks []look, links union) []int32 {
	first := make(map[look]int32, len(looks))
	var different []int32
	for k, l := range looks {
		if at, known := first[l]; known {
			links.join(k, int(at))
			continue
		}
		first[l] = int32(k)
		different = append(different, int32(k))
	}
	return different
}

// tableOf sorts looks by a piece: those of value v lie from begins[v] to begins[v+1].
func tableOf(looks []look, numbers []int32, piece int) (table []entry, begins []int32) {
	begins = make([]int32, 1<<16+2)
	for _, k := range numbers {
		begins[int(looks[k].pieces()[piece])+2]++
	}
	for v := 2; v < len(begins); v++ {
		begins[v] += begins[v-1]
	}
	table = make([]entry, len(numbers))
	for _, k := range numbers {
		place := &begins[int(looks[k].pieces()[piece])+1]
		table[*place] = entry{looks[k].waves, looks[k].slopes, k}
		*place++
	}
	return table, begins
}

// union keeps which numbers are linked.
type union []int32

func newUnion(n int) union {
	u := make(union, n)
	for i := range u {
		u[i] = int32(i)
	}
	return u
}

// root is the representative of a number's group: its least member.
func (u union) root(i int) int {
	for int(u[i]) != i {
		u[i] = u[u[i]]
		i = int(u[i])
	}
	return i
}

func (u union) join(a, b int) {
	a, b = u.root(a), u.root(b)
	u[max(a, b)] = int32(min(a, b))
}

// groups are those of two members or more.
func (u union) groups() [][]int {
	members := map[int][]int{}
	for i := range u {
		if r := u.root(i); r != i {
			if members[r] == nil {
				members[r] = []int{r}
			}
			members[r] = append(members[r], i)
		}
	}
	groups := make([][]int, 0, len(members))
	for _, g := range members {
		groups = append(groups, g)
	}
	return groups
}
