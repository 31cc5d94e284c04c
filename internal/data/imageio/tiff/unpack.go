package tiff

import (
	"encoding/binary"
	"io"
	"math"
)

// rows reads the rows of a block one after the other.
type rows struct {
	from      io.Reader
	raw       []byte // of a row
	stride    int    // samples of a pixel in the block
	width     int    // pixels of a row
	bits      int
	predictor int
	order     binary.ByteOrder
	swapped   []byte // of a row of predicted floating-point numbers
}

// next reads a row, whose differences are added up.
func (r *rows) next() error {
	if _, err := io.ReadFull(r.from, r.raw); err != nil {
		return err
	}
	switch r.predictor {
	case 2:
		r.addUp()
	case 3:
		r.addUpBytes()
	}
	return nil
}

// addUp undoes the differences between neighbours in a row of whole bytes.
func (r *rows) addUp() {
	raw, step := r.raw, r.stride
	switch r.bits {
	case 8:
		for i := step; i < len(raw); i++ {
			raw[i] += raw[i-step]
		}
	case 16:
		for i := 2 * step; i+1 < len(raw); i += 2 {
			r.order.PutUint16(raw[i:], r.order.Uint16(raw[i:])+r.order.Uint16(raw[i-2*step:]))
		}
	case 32:
		for i := 4 * step; i+3 < len(raw); i += 4 {
			r.order.PutUint32(raw[i:], r.order.Uint32(raw[i:])+r.order.Uint32(raw[i-4*step:]))
		}
	case 64:
		for i := 8 * step; i+7 < len(raw); i += 8 {
			r.order.PutUint64(raw[i:], r.order.Uint64(raw[i:])+r.order.Uint64(raw[i-8*step:]))
		}
	}
}

// addUpBytes undoes the differences of floating-point numbers, whose bytes stand apart in a row:
// all highest ones first.
func (r *rows) addUpBytes() {
	raw, size := r.raw, r.bits/8
	for i := r.stride; i < len(raw); i++ {
		raw[i] += raw[i-r.stride]
	}
	if r.swapped == nil {
		r.swapped = make([]byte, len(raw))
	}
	copy(r.swapped, raw)
	n := len(raw) / size
	for i := range n {
		for b := range size {
			at := b
			if r.order == binary.LittleEndian {
				at = size - 1 - b
			}
			raw[i*size+at] = r.swapped[b*n+i]
		}
	}
}

// whole reads samples without a sign, of up to 32 bits: first is the place of the first in a row,
// and step how far apart they are.
func whole[T uint8 | uint16](out []T, keep int, r *rows, first, step, pixels int) {
	switch {
	case r.bits == 8:
		for x := range pixels {
			out[x*keep] = T(r.raw[first+x*step])
		}
	case r.bits == 16:
		for x := range pixels {
			out[x*keep] = T(r.order.Uint16(r.raw[2*(first+x*step):]))
		}
	default:
		for x := range pixels {
			out[x*keep] = T(bitsAt(r.raw, (first+x*step)*r.bits, r.bits))
		}
	}
}

// bitsAt reads up to 32 bits, the highest first.
func bitsAt(raw []byte, at, n int) uint32 {
	var v uint64
	for i := at / 8; i <= (at+n-1)/8; i++ {
		v = v<<8 | uint64(raw[i])
	}
	return uint32(v >> (7 - (at+n-1)%8) & (1<<n - 1))
}

// numbers reads samples of any kind. missing is turned into NaN.
func (p *page) floats(out []float32, keep int, r *rows, first, step, pixels int, missing float64) {
	for x := range pixels {
		v := p.number64(r, first+x*step)
		if v == missing || float32(v) == float32(missing) && p.format == float {
			v = math.NaN()
		}
		out[x*keep] = float32(v)
	}
}

func (p *page) number64(r *rows, i int) float64 {
	if p.format == float {
		switch p.bits {
		case 16:
			return half(r.order.Uint16(r.raw[2*i:]))
		case 24:
			return threeBytes(r.triple(i))
		case 32:
			return float64(math.Float32frombits(r.order.Uint32(r.raw[4*i:])))
		}
		return math.Float64frombits(r.order.Uint64(r.raw[8*i:]))
	}
	var v uint64
	switch p.bits {
	case 8:
		v = uint64(r.raw[i])
	case 16:
		v = uint64(r.order.Uint16(r.raw[2*i:]))
	case 24:
		v = uint64(r.triple(i))
	case 32:
		v = uint64(r.order.Uint32(r.raw[4*i:]))
	case 64:
		v = r.order.Uint64(r.raw[8*i:])
	default:
		v = uint64(bitsAt(r.raw, i*p.bits, p.bits))
	}
	if p.format == signed {
		return float64(int64(v<<(64-p.bits)) >> (64 - p.bits))
	}
	return float64(v)
}

// triple is sample i of 24 bits.
func (r *rows) triple(i int) uint32 {
	b := r.raw[3*i : 3*i+3]
	if r.order == binary.LittleEndian {
		return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16
	}
	return uint32(b[2]) | uint32(b[1])<<8 | uint32(b[0])<<16
}

// half is a floating-point number of 16 bits: 1 of sign, 5 of exponent, 10 of mantissa.
func half(v uint16) float64 { return small(uint32(v), 5, 10) }

// threeBytes is one of 24 bits: 1, 7 and 16.
func threeBytes(v uint32) float64 { return small(v, 7, 16) }

func small(v uint32, exponents, mantissas int) float64 {
	sign := 1.0
	if v>>(exponents+mantissas)&1 != 0 {
		sign = -1
	}
	exponent, mantissa := int(v>>mantissas)&(1<<exponents-1), float64(v&(1<<mantissas-1))/float64(int(1)<<mantissas)
	bias := 1<<(exponents-1) - 1
	switch exponent {
	case 0:
		return sign * math.Ldexp(mantissa, 1-bias)
	case 1<<exponents - 1:
		if mantissa != 0 {
			return math.NaN()
		}
		return sign * math.Inf(1)
	}
	return sign * math.Ldexp(1+mantissa, exponent-bias)
}
