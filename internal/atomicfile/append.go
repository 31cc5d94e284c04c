package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/dino-go/dino/internal/regularfile"
)

// Appender appends whole records to a log file, which it keeps open. Append fails where the file at
// the path is no longer the open one, because it was removed or replaced.
type Appender struct {
	path string
	file *os.File
	size int64 // bytes of whole records
}

// OpenAppender opens the file at path, or makes it. A symbolic link or anything else that is no
// regular file is refused.
func OpenAppender(path string) (*Appender, error) { return openAppender(path, os.O_CREATE) }

// ContinueAppender opens the file at path, which must be there: else the error is [fs.ErrNotExist].
func ContinueAppender(path string) (*Appender, error) { return openAppender(path, 0) }

// CreateAppender makes the file at path, which must not be there.
func CreateAppender(path string) (*Appender, error) { return openAppender(path, os.O_CREATE|os.O_EXCL) }

func openAppender(path string, flags int) (*Appender, error) {
	file, err := regularfile.OpenOwn(path, flags|os.O_RDWR|os.O_APPEND)
	if err != nil {
		return nil, err
	}
	stat, err := file.Stat()
	if err != nil {
		file.Close()
		return nil, err
	}
	return &Appender{path: path, file: file, size: stat.Size()}, nil
}

// Content reads the file from its beginning.
func (a *Appender) Content() io.Reader { return io.NewSectionReader(a.file, 0, a.size) }

// Append adds a record. After an error the file ends where it ended before, as far as the system
// lets it.
func (a *Appender) Append(record []byte) error {
	if !regularfile.IsSame(a.path, a.file) {
		return fmt.Errorf("%s was removed, moved or replaced while this program wrote it: nothing more can be kept "+
			"there; leave it alone until the program has ended", a.path)
	}
	if n, err := a.file.Write(record); err != nil {
		if n > 0 {
			err = errors.Join(err, a.file.Truncate(a.size))
		}
		return err
	}
	a.size += int64(len(record))
	return nil
}

// Truncate cuts the file off after its first n bytes.
func (a *Appender) Truncate(n int64) error {
	if err := a.file.Truncate(n); err != nil {
		return err
	}
	a.size = n
	return nil
}

// Sync makes what was appended durable.
func (a *Appender) Sync() error { return a.file.Sync() }

// Close closes the file.
func (a *Appender) Close() error { return a.file.Close() }
