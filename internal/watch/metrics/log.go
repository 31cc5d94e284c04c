package metrics

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"sync"

	"github.com/dino-go/dino/internal/regularfile"
)

// Log is the metrics file of a run, as far as it has been read. Its methods may be called by
// several goroutines.
type Log struct {
	path string

	mu         sync.Mutex
	generation string // of the file that was read, another for each beginning
	info       fs.FileInfo
	complete   bool   // all of it that info tells of
	err        error  // why the rest is not read, until the file changes
	offset     int64  // behind the last whole line that was read
	before     []byte // the bytes before that offset, by which a file that was written anew is told
	index      *index
	row        row // of the last line that counted
	damaged    int // lines that did not count
	marks      []mark
}

// mark is a place in the file: lines of steps from step on are behind the offset.
type mark struct{ step, offset int64 }

const (
	fingerprint = 256     // bytes before an offset that are compared
	markEvery   = 1 << 20 // bytes between marks
	atOnce      = 1 << 26 // bytes that are read in one go, more than any line has
)

// Open returns the log of a metrics file, of which nothing is read yet. The file need not be there.
func Open(path string) *Log {
	l := &Log{path: path}
	l.forget()
	return l
}

// Forget gives the memory back; the next Update reads from the beginning.
func (l *Log) Forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.forget()
}

// forget begins anew.
func (l *Log) forget() {
	l.generation = fmt.Sprintf("%x", rand.Uint64())
	l.info, l.complete, l.err = nil, false, nil
	l.offset, l.before, l.index = 0, nil, newIndex(maxBuckets)
	l.row, l.damaged, l.marks = row{step: -1}, 0, nil
}

// Update reads what has come to the file since the last call, of a large file a part: more says
// that there is more to read. It reports whether there was anything. A file that is not there is
// one without lines.
func (l *Log) Update(ctx context.Context) (changed, more bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	there, err := os.Lstat(l.path)
	if os.IsNotExist(err) {
		changed = l.index.lines > 0
		l.forget()
		return changed, false, nil
	}
	if err != nil {
		return false, false, err
	}
	if l.complete && os.SameFile(l.info, there) && l.info.Size() == there.Size() &&
		l.info.ModTime().Equal(there.ModTime()) {
		return false, false, l.err
	}
	file, err := regularfile.OpenOwn(l.path, os.O_RDONLY)
	if err != nil {
		return false, false, err
	}
	defer file.Close()
	changed, err = l.read(ctx, file)
	return changed, !l.complete && err == nil, err
}

// read goes on from the offset, or from the beginning if the file is another.
func (l *Log) read(ctx context.Context, file *os.File) (changed bool, err error) {
	info, err := file.Stat()
	if err != nil {
		return false, err
	}
	if l.info != nil && !l.continues(file, info) {
		changed = l.index.lines > 0
		l.forget()
	}
	begun, to := l.offset, min(info.Size(), l.offset+atOnce)
	err = eachLine(ctx, file, l.offset, to, func(line []byte, end int64) {
		l.take(line, end)
		l.offset = end
	})
	l.info, l.before, l.err = info, tail(file, l.offset), nil
	l.complete = to == info.Size() && ctx.Err() == nil
	if l.complete && err != nil {
		l.complete, l.err = true, fmt.Errorf("%s: %w", l.path, err)
		err = l.err
	}
	return changed || l.offset > begun, err
}

// continues tells whether a file begins with what was read.
func (l *Log) continues(file *os.File, info fs.FileInfo) bool {
	return os.SameFile(l.info, info) && info.Size() >= l.offset && bytes.Equal(tail(file, l.offset), l.before)
}

// tail are the bytes before an offset.
func tail(file *os.File, offset int64) []byte {
	text := make([]byte, min(offset, fingerprint))
	n, _ := file.ReadAt(text, offset-int64(len(text)))
	return text[:n]
}

// take counts a line. One that goes back does not count: the run that goes on will cut it off.
func (l *Log) take(line []byte, end int64) {
	last := l.row.step
	if err := l.row.read(line, &l.index.columns); err != nil || l.row.step <= last {
		l.row.step = last
		l.damaged++
		return
	}
	if len(l.marks) == 0 || end-l.marks[len(l.marks)-1].offset >= markEvery {
		l.marks = append(l.marks, mark{l.row.step, end - int64(len(line)) - 1})
	}
	l.index.add(&l.row)
}

// Bytes is about what the log takes in memory.
func (l *Log) Bytes() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.index.bytes()
}
