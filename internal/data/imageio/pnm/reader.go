package pnm

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
)

// reader reads words of text, between which there are white space and comments.
type reader struct {
	data []byte
	at   int
}

// skip passes white space, and comments from # to the end of the line.
func (r *reader) skip() {
	for r.at < len(r.data) {
		switch c := r.data[r.at]; {
		case c == '#':
			end := bytes.IndexAny(r.data[r.at:], "\r\n")
			if end < 0 {
				r.at = len(r.data)
				return
			}
			r.at += end
		case !white(c):
			return
		}
		r.at++
	}
}

// word returns what stands up to the next white space.
func (r *reader) word() []byte {
	const longest = 32
	r.skip()
	begin := r.at
	for r.at < len(r.data) && !white(r.data[r.at]) && r.at-begin < longest {
		r.at++
	}
	return r.data[begin:r.at]
}

// number reads a whole number without a sign.
func (r *reader) number(what string) (int, error) {
	word := r.word()
	if len(word) == 0 {
		return 0, errEnd
	}
	n, err := strconv.ParseUint(string(word), 10, 31)
	if err != nil {
		return 0, fmt.Errorf("a %s is no number of digits", what)
	}
	return int(n), nil
}

// header is a number of the header.
func (r *reader) header(what string) (int, error) {
	n, err := r.number(what)
	if errors.Is(err, errEnd) {
		err = errors.New("the file is truncated: it ends within its header")
	}
	return n, err
}

// digit reads a 0 or a 1, which may stand without space between them.
func (r *reader) digit() (byte, error) {
	r.skip()
	if r.at >= len(r.data) {
		return 0, errEnd
	}
	r.at++
	switch d := r.data[r.at-1]; d {
	case '0', '1':
		return d, nil
	}
	return 0, errors.New("a sample of a bitmap is neither 0 nor 1")
}

func white(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }
