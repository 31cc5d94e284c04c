package png

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
)

// chunks reads the chunks of a file, and as a reader the bytes of consecutive chunks of pixels.
type chunks struct {
	data []byte // from the next chunk on
	body []byte // of pixels, not read yet
	bad  error  // why there are no more
}

// next returns the next chunk. One that is not needed for the pixels is not checked.
func (c *chunks) next() (name string, body []byte, err error) {
	if len(c.data) < 8 {
		return "", nil, errEnd
	}
	length, name := binary.BigEndian.Uint32(c.data), string(c.data[4:8])
	if uint64(length)+12 > uint64(len(c.data)) {
		if name != "IDAT" {
			return "", nil, errEnd
		}
		c.body, c.data = c.data[8:min(8+uint64(length), uint64(len(c.data)))], nil // what there is
		return name, c.body, nil
	}
	body = c.data[8 : 8+length]
	critical := name[0]&0x20 == 0
	if critical && crc32.ChecksumIEEE(c.data[4:8+length]) != binary.BigEndian.Uint32(c.data[8+length:]) {
		return "", nil, errChecksum
	}
	if name == "IDAT" {
		c.body = body
	}
	c.data = c.data[12+length:]
	return name, body, nil
}

// Read reads pixels up to the first chunk that is none of them.
func (c *chunks) Read(out []byte) (int, error) {
	for len(c.body) == 0 {
		if c.bad != nil {
			return 0, c.bad
		}
		name, _, err := c.next()
		if err == nil && name != "IDAT" {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			c.bad = err
			return 0, err
		}
	}
	n := copy(out, c.body)
	c.body = c.body[n:]
	return n, nil
}

// explain is what an error of the rows comes from.
func (c *chunks) explain(err error) error {
	if errors.Is(c.bad, errChecksum) {
		return c.bad
	}
	return err
}
