package survey

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

// alike groups looks that are near duplicates, directly or through others; complete is false if
// there were too many pairs to compare. Groups have two members or more, in order.
//
// Two hashes that differ in at most nearBits, fewer than twice the number of pieces, have a piece
// in which they differ by at most one bit (the pigeonhole principle), so that it is enough to look
// up every piece and the 16 that are one bit from it.
func alike(looks []look) (groups [][]int, complete bool) {
	var tables [parts][][]int32 // by piece, the numbers of the looks that have it
	for p := range tables {
		tables[p] = make([][]int32, 1<<16)
	}
	links := newUnion(len(looks))
	compared := 0
	for k := range looks {
		for p, piece := range looks[k].pieces() {
			for flip := -1; flip < 16; flip++ {
				at := piece
				if flip >= 0 {
					at ^= 1 << flip
				}
				bucket := tables[p][at]
				if compared += len(bucket); compared > maxCompared {
					return links.groups(), false
				}
				for _, other := range bucket {
					if looks[k].distance(&looks[other]) <= nearBits && looks[k].colours(&looks[other], nearColour) {
						links.join(k, int(other))
					}
				}
			}
		}
		for p, piece := range looks[k].pieces() {
			tables[p][piece] = append(tables[p][piece], int32(k))
		}
	}
	return links.groups(), true
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
