package jpeg

import "errors"

// huffmanScan decodes the blocks of a scan in Huffman codes.
type huffmanScan struct {
	bits
	*scan
	dcTables, acTables [4]*huffman
	last               [4]int32 // DC of the block before, by place in the scan
	run                int      // blocks that end at once
	progressive        bool
}

func newHuffmanScan(d *decoder) (*huffmanScan, error) {
	h := &huffmanScan{bits: bits{data: d.data, at: d.at}, scan: &d.current, progressive: d.progressive}
	for i := range h.of {
		h.dcTables[i], h.acTables[i] = d.table(0, h.dc[i]), d.table(1, h.ac[i])
		if h.first == 0 && h.high == 0 && h.dcTables[i] == nil || h.end > 0 && h.acTables[i] == nil {
			return nil, errors.New("the file is corrupt: a scan names a Huffman table that is not there")
		}
	}
	return h, nil
}

// table is one that the file defines, or else one of the standard's.
func (d *decoder) table(class, number int) *huffman {
	if t := &d.huffman[class][number]; t.defined {
		return t
	}
	if number < 2 {
		return &standard[class][number]
	}
	return nil
}

func (h *huffmanScan) at() int { return h.bits.at }

func (h *huffmanScan) restart(at int) {
	h.begin(at)
	h.last, h.run = [4]int32{}, 0
}

func (h *huffmanScan) block(i int, c *[64]int16) error {
	switch {
	case !h.progressive:
		h.whole(i, c)
	case h.first == 0 && h.high == 0:
		c[0] = int16(h.difference(i) << h.low)
	case h.first == 0:
		if h.bit() {
			c[0] |= 1 << h.low
		}
	case h.high == 0:
		h.firstAC(i, c)
	default:
		h.refineAC(i, c)
	}
	return nil
}

// difference reads a DC coefficient, which is coded by its difference from the last one.
func (h *huffmanScan) difference(i int) int32 {
	h.last[i] += h.receive(int(h.decode(h.dcTables[i]) & 15))
	return h.last[i]
}

// whole reads a block of a sequential file.
func (h *huffmanScan) whole(i int, c *[64]int16) {
	c[0] = int16(h.difference(i))
	table := h.acTables[i]
	for k := 1; k < 64; k++ {
		v := h.decode(table)
		zeros, category := int(v>>4), int(v&15)
		if category == 0 {
			if zeros != 15 {
				return
			}
			k += 15
			continue
		}
		k = min(k+zeros, 63) // as libjpeg: a run that is too long ends at the last coefficient
		c[zigzag[k]] = int16(h.receive(category))
	}
}

// firstAC reads the highest bits of coefficients.
func (h *huffmanScan) firstAC(i int, c *[64]int16) {
	if h.run > 0 {
		h.run--
		return
	}
	for k := h.first; k <= h.end; k++ {
		v := h.decode(h.acTables[i])
		zeros, category := int(v>>4), int(v&15)
		if category == 0 {
			if zeros != 15 {
				h.run = 1<<zeros - 1
				if zeros > 0 {
					h.run += int(h.take(zeros))
				}
				return
			}
			k += 15
			continue
		}
		k = min(k+zeros, 63) // as libjpeg: a run that is too long ends at the last coefficient
		c[zigzag[k]] = int16(h.receive(category) << h.low)
	}
}

// refineAC reads one more bit of coefficients that are known, and those that are new with it.
func (h *huffmanScan) refineAC(i int, c *[64]int16) {
	k := h.first
	if h.run == 0 {
		for k <= h.end {
			v := h.decode(h.acTables[i])
			zeros, category := int(v>>4), int(v&15)
			var fresh int16
			if category == 0 {
				if zeros != 15 {
					h.run = 1 << zeros
					if zeros > 0 {
						h.run += int(h.take(zeros))
					}
					break
				}
			} else {
				fresh = -1 << h.low
				if h.bit() {
					fresh = 1 << h.low
				}
			}
			k = h.refine(c, k, zeros)
			if fresh != 0 && k <= h.end {
				c[zigzag[k]] = fresh
			}
			k++
		}
	}
	if h.run > 0 {
		h.refine(c, k, -1)
		h.run--
	}
}

// refine adds a bit to the coefficients that are not zero from k on, and stops at the zero behind
// so many others; a number below 0 goes on to the end.
func (h *huffmanScan) refine(c *[64]int16, k, zeros int) int {
	for ; k <= h.end; k++ {
		v := &c[zigzag[k]]
		if *v == 0 {
			if zeros == 0 {
				return k
			}
			zeros--
			continue
		}
		if h.bit() && *v>>h.low&1 == 0 {
			if *v > 0 {
				*v += 1 << h.low
			} else {
				*v -= 1 << h.low
			}
		}
	}
	return k
}

// zigzag is the place in the block of the coefficients in their order.
var zigzag = [64]uint8{
	0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21,
	28,
	35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47,
	55, 62, 63,
}
