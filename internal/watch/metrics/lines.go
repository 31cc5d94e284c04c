package metrics

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/dino-go/dino/internal/bounded"
)

// chunk is how many bytes of a file are read at a time.
const chunk = 1 << 18

// eachLine calls visit for the whole lines of a part of a file, with the offset behind each, and
// stops before a last line without an end. A line of more bytes than [bounded.MaxLine] is an error.
func eachLine(ctx context.Context, file io.ReaderAt, from, to int64, visit func(line []byte, end int64)) error {
	buffer, held := make([]byte, min(chunk, max(to-from, 1))), 0
	for offset := from; offset < to; {
		if err := ctx.Err(); err != nil {
			return err
		}
		if held == len(buffer) {
			if held >= bounded.MaxLine {
				return fmt.Errorf("the line at byte %d has more than %d bytes, which no such line needs: is the "+
					"file damaged?",
					offset-int64(held), bounded.MaxLine)
			}
			buffer = append(buffer, make([]byte, len(buffer))...)
		}
		n, err := file.ReadAt(buffer[held:min(int64(len(buffer)), int64(held)+to-offset)], offset)
		offset += int64(n)
		rest := buffer[:held+n]
		for {
			end := bytes.IndexByte(rest, '\n')
			if end < 0 {
				break
			}
			line := rest[:end]
			rest = rest[end+1:]
			visit(line, offset-int64(len(rest)))
		}
		held = copy(buffer, rest)
		if err == io.EOF || n == 0 && err == nil {
			return nil // the file was cut off meanwhile
		}
		if err != nil {
			return err
		}
	}
	return nil
}
