package jpeg

import "errors"

// estimate is a state of the estimated probability: ITU-T T.81, table D.3.
type estimate struct {
	least         uint16 // size of the interval of the less probable symbol
	afterL, after uint8  // next states, behind the less and the more probable symbol
	exchange      bool   // which of them is the less probable one changes with the former
}

var estimates = [...]estimate{
	{0x5a1d, 1, 1, true},
	{0x2586, 14, 2, false},
	{0x1114, 16, 3, false},
	{0x080b, 18, 4, false},
	{0x03d8, 20, 5, false},
	{0x01da, 23, 6, false},
	{0x00e5, 25, 7, false},
	{0x006f, 28, 8, false},
	{0x0036, 30, 9, false},
	{0x001a, 33, 10, false},
	{0x000d, 35, 11, false},
	{0x0006, 9, 12, false},
	{0x0003, 10, 13, false},
	{0x0001, 12, 13, false},
	{0x5a7f, 15, 15, true},
	{0x3f25, 36, 16, false},
	{0x2cf2, 38, 17, false},
	{0x207c, 39, 18, false},
	{0x17b9, 40, 19, false},
	{0x1182, 42, 20, false},
	{0x0cef, 43, 21, false},
	{0x09a1, 45, 22, false},
	{0x072f, 46, 23, false},
	{0x055c, 48, 24, false},
	{0x0406, 49, 25, false},
	{0x0303, 51, 26, false},
	{0x0240, 52, 27, false},
	{0x01b1, 54, 28, false},
	{0x0144, 56, 29, false},
	{0x00f5, 57, 30, false},
	{0x00b7, 59, 31, false},
	{0x008a, 60, 32, false},
	{0x0068, 62, 33, false},
	{0x004e, 63, 34, false},
	{0x003b, 32, 35, false},
	{0x002c, 33, 9, false},
	{0x5ae1, 37, 37, true},
	{0x484c, 64, 38, false},
	{0x3a0d, 65, 39, false},
	{0x2ef1, 67, 40, false},
	{0x261f, 68, 41, false},
	{0x1f33, 69, 42, false},
	{0x19a8, 70, 43, false},
	{0x1518, 72, 44, false},
	{0x1177, 73, 45, false},
	{0x0e74, 74, 46, false},
	{0x0bfb, 75, 47, false},
	{0x09f8, 77, 48, false},
	{0x0861, 78, 49, false},
	{0x0706, 79, 50, false},
	{0x05cd, 48, 51, false},
	{0x04de, 50, 52, false},
	{0x040f, 50, 53, false},
	{0x0363, 51, 54, false},
	{0x02d4, 52, 55, false},
	{0x025c, 53, 56, false},
	{0x01f8, 54, 57, false},
	{0x01a4, 55, 58, false},
	{0x0160, 56, 59, false},
	{0x0125, 57, 60, false},
	{0x00f6, 58, 61, false},
	{0x00cb, 59, 62, false},
	{0x00ab, 61, 63, false},
	{0x008f, 61, 32, false},
	{0x5b12, 65, 65, true},
	{0x4d04, 80, 66, false},
	{0x412c, 81, 67, false},
	{0x37d8, 82, 68, false},
	{0x2fe8, 83, 69, false},
	{0x293c, 84, 70, false},
	{0x2379, 86, 71, false},
	{0x1edf, 87, 72, false},
	{0x1aa9, 87, 73, false},
	{0x174e, 72, 74, false},
	{0x1424, 72, 75, false},
	{0x119c, 74, 76, false},
	{0x0f6b, 74, 77, false},
	{0x0d51, 75, 78, false},
	{0x0bb6, 77, 79, false},
	{0x0a40, 77, 48, false},
	{0x5832, 80, 81, true},
	{0x4d1c, 88, 82, false},
	{0x438e, 89, 83, false},
	{0x3bdd, 90, 84, false},
	{0x34ee, 91, 85, false},
	{0x2eae, 92, 86, false},
	{0x299a, 93, 87, false},
	{0x2516, 86, 71, false},
	{0x5570, 88, 89, true},
	{0x4ca9, 95, 90, false},
	{0x44d9, 96, 91, false},
	{0x3e22, 97, 92, false},
	{0x3824, 99, 93, false},
	{0x32b4, 99, 94, false},
	{0x2e17, 93, 86, false},
	{0x56a8, 95, 96, true},
	{0x4f46, 101, 97, false},
	{0x47e5, 102, 98, false},
	{0x41cf, 103, 99, false},
	{0x3c3d, 104, 100, false},
	{0x375e, 99, 93, false},
	{0x5231, 105, 102, false},
	{0x4c0f, 106, 103, false},
	{0x4639, 107, 104, false},
	{0x415e, 103, 99, false},
	{0x5627, 105, 106, true},
	{0x50e7, 108, 107, false},
	{0x4b85, 109, 103, false},
	{0x5597, 110, 109, false},
	{0x504f, 111, 107, false},
	{0x5a10, 110, 111, true},
	{0x5522, 112, 109, false},
	{0x59eb, 112, 111, true},
	{0x5a1d, even, even, false},
}

// even is the state of a symbol whose both values are always equally probable.
const even = 113

// bin is the state of one decision: an estimate, and which symbol is the more probable one.
type bin struct {
	state uint8
	more  uint8
}

// conditions say how blocks before one decide about its bins.
type conditions struct {
	lower, upper [4]int // of DC differences
	split        [4]int // of AC coefficients
}

func (c *conditions) reset() {
	*c = conditions{upper: [4]int{1, 1, 1, 1}, split: [4]int{5, 5, 5, 5}}
}

func (c *conditions) read(body []byte) error {
	for ; len(body) >= 2; body = body[2:] {
		table, v := int(body[0]&15), int(body[1])
		switch {
		case table > 3:
			return errors.New("the file is corrupt: there are four tables of conditions")
		case body[0]>>4 == 0:
			c.lower[table], c.upper[table] = v&15, v>>4
		default:
			c.split[table] = v
		}
	}
	return nil
}

// arithmetic decodes the blocks of a scan in arithmetic codes.
type arithmetic struct {
	*scan
	conditions
	data        []byte
	place       int
	progressive bool

	code, width uint32
	count       int  // bits of code that are not used up
	ended       bool // a marker or the end of the file is next
	lacked      int  // bytes that were read behind it

	dcBins [4][64]bin
	acBins [4][256]bin
	fixed  bin
	last   [4]int32 // DC of the block before, by place in the scan
	after  [4]int   // what it was like
}

func newArithmetic(d *decoder) *arithmetic {
	a := &arithmetic{
		scan: &d.current, conditions: d.conditions, data: d.data, progressive: d.progressive,
	}
	a.restart(d.at)
	return a
}

func (a *arithmetic) at() int { return a.place }

// missing allows for the bytes of zeros that an encoder leaves out.
func (a *arithmetic) missing() bool {
	const leftOut = 64
	return a.lacked > leftOut
}

// damaged is false: any bits are codes, and numbers that are too large are errors.
func (a *arithmetic) damaged() bool { return false }

func (a *arithmetic) restart(at int) {
	a.place = at
	a.code, a.width, a.count, a.ended, a.lacked = 0, 0, -16, false, 0
	a.dcBins, a.acBins, a.fixed = [4][64]bin{}, [4][256]bin{}, bin{state: even}
	a.last, a.after = [4]int32{}, [4]int{}
}

func (a *arithmetic) next() uint32 {
	if a.ended || a.place >= len(a.data) {
		a.ended = true
		a.lacked++
		return 0
	}
	v := a.data[a.place]
	if v != 0xff {
		a.place++
		return uint32(v)
	}
	next := a.place + 1
	for next < len(a.data) && a.data[next] == 0xff {
		next++
	}
	if next >= len(a.data) || a.data[next] != 0 {
		a.ended = true
		a.lacked++
		if next >= len(a.data) {
			a.place = len(a.data)
		}
		return 0
	}
	a.place = next + 1
	return 0xff
}

// decode reads a decision.
func (a *arithmetic) decode(b *bin) bool {
	for a.width < 0x8000 {
		if a.count--; a.count < 0 {
			a.code = a.code<<8 | a.next()
			if a.count += 8; a.count < 0 {
				if a.count++; a.count == 0 { // the first bytes are there
					a.width = 0x8000
				}
			}
		}
		a.width <<= 1
	}
	e := &estimates[b.state]
	least := uint32(e.least)
	a.width -= least
	above := a.width << a.count
	symbol, small := b.more, a.width < least
	switch {
	case a.code >= above:
		a.code -= above
		a.width = least
		if !small {
			symbol ^= 1
		}
	case a.width < 0x8000:
		if small {
			symbol ^= 1
		}
	default:
		return symbol != 0
	}
	if symbol == b.more {
		b.state = e.after
	} else {
		if e.exchange {
			b.more ^= 1
		}
		b.state = e.afterL
	}
	return symbol != 0
}

var errArithmetic = errors.New("the file is corrupt: a number in arithmetic codes is too large")

func (a *arithmetic) block(i int, c *[64]int16) error {
	switch {
	case !a.progressive || a.first == 0 && a.high == 0:
		if err := a.readDC(i); err != nil {
			return err
		}
		c[0] = int16(a.last[i] << a.low)
		if a.progressive {
			return nil
		}
		return a.readAC(i, c, 1)
	case a.first == 0:
		if a.decode(&a.fixed) {
			c[0] |= 1 << a.low
		}
		return nil
	case a.high == 0:
		return a.readAC(i, c, a.first)
	}
	return a.refineAC(i, c)
}

// magnitude reads the rest of a number whose highest bit is m, behind the bin that ended it.
func (a *arithmetic) magnitude(b *bin, m int32) int32 {
	v := m
	for m >>= 1; m > 0; m >>= 1 {
		if a.decode(b) {
			v |= m
		}
	}
	return v + 1
}

func (a *arithmetic) readDC(i int) error {
	table := a.dc[i]
	bins := &a.dcBins[table]
	at := a.after[i]
	if !a.decode(&bins[at]) {
		a.after[i] = 0
		return nil
	}
	sign := 0
	if a.decode(&bins[at+1]) {
		sign = 1
	}
	at += 2 + sign
	m := int32(0)
	if a.decode(&bins[at]) {
		m = 1
		for at = 20; a.decode(&bins[at]); at++ {
			if m <<= 1; m == 0x8000 {
				return errArithmetic
			}
		}
	}
	switch {
	case m < 1<<a.lower[table]>>1:
		a.after[i] = 0
	case m > 1<<a.upper[table]>>1:
		a.after[i] = 12 + 4*sign
	default:
		a.after[i] = 4 + 4*sign
	}
	v := a.magnitude(&bins[at+14], m)
	if sign == 1 {
		v = -v
	}
	a.last[i] += v
	return nil
}

// readAC reads coefficients from one on, or their highest bits.
func (a *arithmetic) readAC(i int, c *[64]int16, from int) error {
	table := a.ac[i]
	bins := &a.acBins[table]
	for k := from; k <= a.end; k++ {
		at := 3 * (k - 1)
		if a.decode(&bins[at]) { // no more
			return nil
		}
		for !a.decode(&bins[at+1]) {
			at += 3
			if k++; k > a.end {
				return errArithmetic
			}
		}
		negative := a.decode(&a.fixed)
		at += 2
		m := int32(0)
		if a.decode(&bins[at]) {
			m = 1
			if a.decode(&bins[at]) {
				m = 2
				at = 217
				if k <= a.split[table] {
					at = 189
				}
				for ; a.decode(&bins[at]); at++ {
					if m <<= 1; m == 0x8000 {
						return errArithmetic
					}
				}
			}
		}
		v := a.magnitude(&bins[at+14], m)
		if negative {
			v = -v
		}
		c[zigzag[k]] = int16(v << a.low)
	}
	return nil
}

// refineAC reads one more bit of coefficients that are known, and those that are new with it.
func (a *arithmetic) refineAC(i int, c *[64]int16) error {
	bins := &a.acBins[a.ac[i]]
	known := a.end
	for known > 0 && c[zigzag[known]] == 0 {
		known--
	}
	for k := a.first; k <= a.end; k++ {
		at := 3 * (k - 1)
		if k > known && a.decode(&bins[at]) { // no more
			return nil
		}
		for {
			v := &c[zigzag[k]]
			if *v != 0 {
				if a.decode(&bins[at+2]) {
					if *v < 0 {
						*v -= 1 << a.low
					} else {
						*v += 1 << a.low
					}
				}
				break
			}
			if a.decode(&bins[at+1]) {
				*v = 1 << a.low
				if a.decode(&a.fixed) {
					*v = -1 << a.low
				}
				break
			}
			at += 3
			if k++; k > a.end {
				return errArithmetic
			}
		}
	}
	return nil
}
