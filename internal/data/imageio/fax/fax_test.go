package fax

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/dino-go/dino/internal/testkit"
)

// coder writes lines one after the other in one dimension, or by the line above.
type coder struct {
	text strings.Builder // of 0 and 1
}

func (c *coder) run(length int, codes string) {
	all, long := strings.Fields(codes), strings.Fields(longCodes)
	for ; length >= 2560; length -= 2560 {
		c.text.WriteString(long[len(long)-1])
	}
	if length >= 1792 {
		c.text.WriteString(long[(length-1792)/64])
		length %= 64
	} else if length >= 64 {
		c.text.WriteString(all[63+length/64])
		length %= 64
	}
	c.text.WriteString(all[length])
}

func (c *coder) flat(row []byte) {
	for at, black := 0, byte(0); at < len(row); black ^= 1 {
		n := 0
		for at+n < len(row) && row[at+n] == black {
			n++
		}
		c.run(n, map[byte]string{0: whiteCodes, 1: blackCodes}[black])
		at += n
	}
}

// edge is the first place behind at where the colour changes to one other than of.
func edge(row []byte, at int, of byte) int {
	for x := at + 1; x < len(row); x++ {
		before := byte(0)
		if x > 0 {
			before = row[x-1]
		}
		if row[x] != before && row[x] != of {
			return x
		}
	}
	return len(row)
}

// byAbove is T.6, as slowly as it is written there.
func (c *coder) byAbove(row, above []byte) {
	codes := strings.Fields(modeCodes)
	for a0, colour := -1, byte(0); a0 < len(row); {
		a1 := edge(row, a0, colour)
		if a0 < 0 && len(row) > 0 && row[0] == 1 {
			a1 = 0
		}
		b1 := edge(above, a0, colour)
		b2 := edge(above, b1, colour^1)
		if b1 == len(above) {
			b2 = b1
		}
		switch {
		case b2 < a1:
			c.text.WriteString(codes[pass])
			a0 = b2
		case a1-b1 >= -3 && a1-b1 <= 3:
			i := a1 - b1
			if i < 0 {
				i = 3 - i
			}
			c.text.WriteString(codes[vertical+i])
			a0, colour = a1, colour^1
		default:
			a2 := edge(row, a1, colour^1)
			c.text.WriteString(codes[horizontal])
			tables := [2]string{whiteCodes, blackCodes}
			c.run(a1-max(a0, 0), tables[colour])
			c.run(a2-a1, tables[colour^1])
			a0 = a2
		}
	}
}

func (c *coder) align() {
	for c.text.Len()%8 != 0 {
		c.text.WriteByte('0')
	}
}

func (c *coder) bytes() []byte {
	c.align()
	text := c.text.String()
	out := make([]byte, len(text)/8)
	for i, bit := range text {
		out[i/8] |= byte(bit-'0') << (7 - i%8)
	}
	return out
}

// page is a drawing of runs of random length, some as long as the longest code.
func page(rng *rand.Rand, width, height int) []byte {
	out := make([]byte, width*height)
	for y := range height {
		row := out[y*width:][:width]
		if y > 0 && rng.IntN(3) > 0 { // like the line above
			copy(row, out[(y-1)*width:])
			row[rng.IntN(width)] ^= 1
			continue
		}
		for at, v := 0, byte(rng.IntN(2)); at < width; v ^= 1 {
			n := 1 + rng.IntN(1+rng.IntN(width))
			for x := at; x < min(at+n, width); x++ {
				row[x] = v
			}
			at += n
		}
	}
	return out
}

// TestDecode decodes what the definition of the codes writes.
func TestDecode(t *testing.T) {
	rng := rand.New(rand.NewPCG(testkit.Seed(t), 0))
	const mark = "000000000001"
	for range 60 {
		width, height := 1+rng.IntN(6000), 1+rng.IntN(12)
		if rng.IntN(2) == 0 {
			width = 1 + rng.IntN(40)
		}
		want := page(rng, width, height)
		above := func(y int) []byte {
			if y == 0 {
				return make([]byte, width)
			}
			return want[(y-1)*width:][:width]
		}
		var rle, one, two, four coder
		for y := range height {
			row := want[y*width:][:width]
			rle.flat(row)
			rle.align()
			one.text.WriteString(mark)
			one.flat(row)
			two.text.WriteString(strings.Repeat("0", rng.IntN(9)) + mark)
			if y%4 == 0 {
				two.text.WriteByte('1')
				two.flat(row)
			} else {
				two.text.WriteByte('0')
				two.byAbove(row, above(y))
			}
			four.byAbove(row, above(y))
		}
		for name, c := range map[string]struct {
			from   *coder
			coding Coding
		}{
			"without marks":           {&rle, Coding{ByteAligned: true}},
			"group 3, one dimension":  {&one, Coding{EndOfLine: true}},
			"group 3, two dimensions": {&two, Coding{EndOfLine: true, TwoDimensional: true}},
			"group 4":                 {&four, Coding{TwoDimensional: true}},
		} {
			data := c.from.bytes()
			got, err := Decode(data, width, height, c.coding)
			if err != nil || !bytes.Equal(got, want) {
				t.Fatalf("%s, %d×%d: %v", name, width, height, err)
			}
			if len(data) > 4 {
				if _, err := Decode(data[:len(data)/2-1], width, height, c.coding); err == nil {
					t.Errorf("%s, %d×%d: half of it is no error", name, width, height)
				}
			}
		}
	}
}

// TestCodes: no code begins like another of its table, and none is missing.
func TestCodes(t *testing.T) {
	for name, codes := range map[string]string{
		"white": whiteCodes + " " + longCodes, "black": blackCodes + " " + longCodes, "modes": modeCodes,
	} {
		all := strings.Fields(codes)
		if n := map[bool]int{true: 9, false: 104}[name == "modes"]; len(all) != n {
			t.Errorf("%s: %d codes, want %d", name, len(all), n)
		}
		for i, a := range all {
			for j, b := range all {
				if i != j && strings.HasPrefix(b, a) {
					t.Errorf("%s: %s begins like %s", name, b, a)
				}
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte{0x35, 0x14}, uint8(8), uint8(1), uint8(0))
	f.Fuzz(func(t *testing.T, data []byte, width, height, kind uint8) {
		c := Coding{TwoDimensional: kind&1 != 0, EndOfLine: kind&2 != 0, ByteAligned: kind&4 != 0}
		w, h := int(width)+1, int(height)
		if out, err := Decode(data, w, h, c); err == nil && len(out) != w*h {
			t.Fatal(len(out))
		}
	})
}
