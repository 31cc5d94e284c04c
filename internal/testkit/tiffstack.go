package testkit

import "encoding/binary"

// TIFFStack is a TIFF of grey pages of so many rows; bits is 8 or 16.
func TIFFStack(rows, bits int, pages ...[]uint16) []byte {
	order := binary.LittleEndian
	out, link := append([]byte("II*\x00"), 0, 0, 0, 0), 4
	for _, values := range pages {
		at := len(out)
		for _, v := range values {
			if bits == 8 {
				out = append(out, uint8(v))
			} else {
				out = order.AppendUint16(out, v)
			}
		}
		n := len(out) - at
		order.PutUint32(out[link:], uint32(len(out)))
		entries := [][2]uint32{
			{256, uint32(len(values) / rows)},
			{257, uint32(rows)},
			{258, uint32(bits)},
			{262, 1},
			{273, uint32(at)},
			{279, uint32(n)},
		}
		out = order.AppendUint16(out, uint16(len(entries)))
		for _, e := range entries {
			out = order.AppendUint16(order.AppendUint16(out, uint16(e[0])), 4)
			out = order.AppendUint32(order.AppendUint32(out, 1), e[1])
		}
		link = len(out)
		out = append(out, 0, 0, 0, 0)
	}
	return out
}
