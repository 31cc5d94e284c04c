package bounded

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// MaxLine bounds a line of a file of lines, in bytes: a row of features has some hundred thousand.
const MaxLine = 1 << 24

// Lines returns r with an error in place of a line of more than [MaxLine] bytes, as a sparse file
// or one of zeros has: whoever reads whole lines would take memory for all of it.
func Lines(r io.Reader) io.Reader { return &lines{from: r, number: 1} }

type lines struct {
	from   io.Reader
	number int // of the line that is being read, from 1
	length int // of what was read of it
}

// Read implements [io.Reader].
func (l *lines) Read(p []byte) (int, error) {
	n, err := l.from.Read(p)
	rest := p[:n]
	for {
		end := bytes.IndexByte(rest, '\n')
		if end < 0 {
			break
		}
		if l.length+end > MaxLine {
			return 0, l.tooLong()
		}
		rest, l.number, l.length = rest[end+1:], l.number+1, 0
	}
	if l.length += len(rest); l.length > MaxLine {
		return 0, l.tooLong()
	}
	return n, err
}

func (l *lines) tooLong() error {
	return fmt.Errorf("line %d has more than %d bytes, which no such line needs: is the file damaged?", l.number,
		MaxLine)
}

// EachLine shows the lines of r with their line feeds, until visit returns false. A last line
// without one is torn, as a killed writer leaves it, and left out. Lines are bounded as by [Lines].
func EachLine(r io.Reader, visit func(line []byte) bool) error {
	reader := bufio.NewReader(Lines(r))
	for {
		line, err := reader.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if !visit(line) {
			return nil
		}
	}
}
