package jpeg

import "errors"

var errHuffman = errors.New("the file is corrupt: a Huffman table is malformed")

// ahead is how many bits are looked up at once.
const ahead = 9

// huffman is a table of codes.
type huffman struct {
	defined bool
	look    [1 << ahead]uint16 // length << 8 | value, by the next bits; 0 where the code is longer
	most    [18]int32          // largest code of a length, shifted to 16 bits, plus 1
	shift   [17]int32          // place of the first value of a length, minus its first code
	values  [256]uint8
}

// build makes a table from the numbers of codes of each length, and their values.
func (h *huffman) build(counts, values []byte) error {
	*h = huffman{defined: true}
	copy(h.values[:], values)
	code, k := int32(0), int32(0)
	for length := 1; length <= 16; length++ {
		n := int32(counts[length-1])
		if code+n > 1<<length {
			return errHuffman
		}
		h.shift[length] = k - code
		for range n {
			if length <= ahead {
				first := code << (ahead - length)
				for i := range int32(1) << (ahead - length) {
					h.look[first+i] = uint16(length)<<8 | uint16(h.values[k])
				}
			}
			code, k = code+1, k+1
		}
		h.most[length] = code << (16 - length)
		code <<= 1
	}
	h.most[17] = 1 << 16
	return nil
}

// bits reads the entropy-coded bytes of a scan, up to a marker or the end of the file; behind these
// there are zeros.
type bits struct {
	data   []byte
	at     int
	buffer uint64 // the next bits, the first one highest
	n      int    // how many there are
	ended  bool   // a marker or the end of the file is next
	lacked int    // bits that were read behind it
	bad    bool   // some bits were no code
}

// fill makes sure that there are 32 bits at least.
func (b *bits) fill() {
	for b.n <= 56 && !b.ended {
		if b.at >= len(b.data) {
			b.ended = true
			break
		}
		v := b.data[b.at]
		if v == 0xff {
			next := b.at + 1
			for next < len(b.data) && b.data[next] == 0xff { // any number may fill up
				next++
			}
			if next >= len(b.data) || b.data[next] != 0 {
				b.ended = true
				break
			}
			b.at = next
		}
		b.buffer |= uint64(v) << (56 - b.n)
		b.n += 8
		b.at++
	}
	if b.n < 32 { // zeros from here on
		b.lacked += 32 - b.n
		b.n = 32
	}
}

// missing tells whether bits were used that are not there.
func (b *bits) missing() bool { return b.lacked > b.n }

// damaged tells whether some bits were no code.
func (b *bits) damaged() bool { return b.bad }

func (b *bits) take(n int) uint32 {
	if b.n < n {
		b.fill()
	}
	v := uint32(b.buffer >> (64 - n))
	b.buffer <<= n
	b.n -= n
	return v
}

// bit reads one.
func (b *bits) bit() bool { return b.take(1) != 0 }

// receive reads a number of a category: its bits, of which the highest tells the sign.
func (b *bits) receive(category int) int32 {
	if category == 0 {
		return 0
	}
	v := int32(b.take(category))
	if v < 1<<(category-1) {
		v += -1<<category + 1
	}
	return v
}

// decode reads a code. Bits that are none are passed over, and stand for 0, as in libjpeg.
func (b *bits) decode(h *huffman) uint8 {
	if b.n < 16 {
		b.fill()
	}
	if e := h.look[b.buffer>>(64-ahead)]; e != 0 {
		length := int(e >> 8)
		b.buffer <<= length
		b.n -= length
		return uint8(e)
	}
	next := int32(b.buffer >> 48)
	length := ahead + 1
	for next >= h.most[length] {
		length++
	}
	b.buffer <<= length
	b.n -= length
	if length > 16 {
		b.bad = true
		return 0
	}
	return h.values[(next>>(16-length)+h.shift[length])&0xff]
}

// begin goes on at a place, with an interval behind a restart marker.
func (b *bits) begin(at int) { *b = bits{data: b.data, at: at} }
