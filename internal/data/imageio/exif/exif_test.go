package exif

import (
	"encoding/binary"
	"testing"
)

// data is a TIFF structure of one entry.
func data(order binary.AppendByteOrder, mark string, tag, kind uint16, value []byte) []byte {
	out := append([]byte(mark), "II"...)
	if order.String() == "BigEndian" {
		out = append([]byte(mark), "MM"...)
	}
	out = order.AppendUint16(out, 42)
	out = order.AppendUint32(out, 8)
	out = order.AppendUint16(out, 1)
	out = order.AppendUint16(out, tag)
	out = order.AppendUint16(out, kind)
	out = order.AppendUint32(out, 1)
	return append(out, value...)
}

func TestOrientation(t *testing.T) {
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		for _, mark := range []string{"", "Exif\x00\x00"} {
			for v := uint16(1); v <= 8; v++ {
				short := order.AppendUint16(nil, v)
				whole := data(order, mark, orientationTag, 3, append(short, 0, 0))
				if got := Orientation(whole); got != int(v) {
					t.Errorf("%v, %q: got %d, want %d", order, mark, got, v)
				}
				if got := Orientation(data(order, mark, orientationTag, 4,
					order.AppendUint32(nil, uint32(v)))); got != int(v) {
					t.Errorf("%v, long: got %d, want %d", order, got, v)
				}
				for n := range len(whole) {
					if got := Orientation(whole[:n]); got != 0 {
						t.Errorf("cut to %d bytes: got %d", n, got)
					}
				}
			}
			for _, v := range []uint16{0, 9, 65535} {
				if got := Orientation(data(order, mark, orientationTag, 3,
					order.AppendUint32(nil, uint32(v)))); got != 0 {
					t.Errorf("%d: got %d", v, got)
				}
			}
			if got := Orientation(data(order, mark, 0x0113, 3, []byte{6, 6, 6, 6})); got != 0 {
				t.Errorf("another tag: got %d", got)
			}
		}
	}
}

func TestOfXMP(t *testing.T) {
	for packet, want := range map[string]int{
		`<rdf:Description tiff:Orientation="3" x="1"/>`: 3, `<tiff:Orientation>8</tiff:Orientation>`: 8,
		`<rdf:Description tiff:Orientation="9"/>`: 0, `exif:Orientation="3"`: 0, "": 0,
	} {
		if got := OfXMP([]byte(packet)); got != want {
			t.Errorf("%s: got %d, want %d", packet, got, want)
		}
	}
}

func FuzzOrientation(f *testing.F) {
	f.Add(data(binary.LittleEndian, "", orientationTag, 3, []byte{6, 0, 0, 0}))
	f.Fuzz(func(t *testing.T, in []byte) {
		if o := Orientation(in); o < 0 || o > 8 {
			t.Fatal(o)
		}
	})
}
