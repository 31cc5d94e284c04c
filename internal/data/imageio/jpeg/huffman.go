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

// The tables of ITU-T T.81, annex K.3, which motion JPEG leaves out.
var standard = func() (t [2][2]huffman) {
	for class, pair := range [2][2][2]string{
		{
			{
				"\x00\x01\x05\x01\x01\x01\x01\x01\x01\x00\x00\x00\x00\x00\x00\x00",
				"\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b",
			},
			{
				"\x00\x03\x01\x01\x01\x01\x01\x01\x01\x01\x01\x00\x00\x00\x00\x00",
				"\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b",
			},
		},
		{
			{
				"\x00\x02\x01\x03\x03\x02\x04\x03\x05\x05\x04\x04\x00\x00\x01\x7d",
				"\x01\x02\x03\x00\x04\x11\x05\x12\x21\x31\x41\x06\x13\x51\x61\x07\x22\x71\x14\x32\x81\x91\xa1\x08\x23\x42" +
					"\xb1\xc1\x15\x52\xd1\xf0\x24\x33\x62\x72\x82\x09\x0a\x16\x17\x18\x19\x1a\x25\x26\x27\x28\x29\x2a\x34" +
					"\x35\x36\x37\x38\x39\x3a\x43\x44\x45\x46\x47\x48\x49\x4a\x53\x54\x55\x56\x57\x58\x59\x5a\x63\x64\x65" +
					"\x66\x67\x68\x69\x6a\x73\x74\x75\x76\x77\x78\x79\x7a\x83\x84\x85\x86\x87\x88\x89\x8a\x92\x93\x94\x95" +
					"\x96\x97\x98\x99\x9a\xa2\xa3\xa4\xa5\xa6\xa7\xa8\xa9\xaa\xb2\xb3\xb4\xb5\xb6\xb7\xb8\xb9\xba\xc2\xc3" +
					"\xc4\xc5\xc6\xc7\xc8\xc9\xca\xd2\xd3\xd4\xd5\xd6\xd7\xd8\xd9\xda\xe1\xe2\xe3\xe4\xe5\xe6\xe7\xe8\xe9" +
					"\xea\xf1\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9\xfa",
			},
			{
				"\x00\x02\x01\x02\x04\x04\x03\x04\x07\x05\x04\x04\x00\x01\x02\x77",
				"\x00\x01\x02\x03\x11\x04\x05\x21\x31\x06\x12\x41\x51\x07\x61\x71\x13\x22\x32\x81\x08\x14\x42\x91\xa1\xb1" +
					"\xc1\x09\x23\x33\x52\xf0\x15\x62\x72\xd1\x0a\x16\x24\x34\xe1\x25\xf1\x17\x18\x19\x1a\x26\x27\x28\x29" +
					"\x2a\x35\x36\x37\x38\x39\x3a\x43\x44\x45\x46\x47\x48\x49\x4a\x53\x54\x55\x56\x57\x58\x59\x5a\x63\x64" +
					"\x65\x66\x67\x68\x69\x6a\x73\x74\x75\x76\x77\x78\x79\x7a\x82\x83\x84\x85\x86\x87\x88\x89\x8a\x92\x93" +
					"\x94\x95\x96\x97\x98\x99\x9a\xa2\xa3\xa4\xa5\xa6\xa7\xa8\xa9\xaa\xb2\xb3\xb4\xb5\xb6\xb7\xb8\xb9\xba" +
					"\xc2\xc3\xc4\xc5\xc6\xc7\xc8\xc9\xca\xd2\xd3\xd4\xd5\xd6\xd7\xd8\xd9\xda\xe2\xe3\xe4\xe5\xe6\xe7\xe8" +
					"\xe9\xea\xf2\xf3\xf4\xf5\xf6\xf7\xf8\xf9\xfa",
			},
		},
	} {
		for i, table := range pair {
			if err := t[class][i].build([]byte(table[0]), []byte(table[1])); err != nil {
				panic(err)
			}
		}
	}
	return t
}()

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
