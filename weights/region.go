package weights

import (
	"errors"
	"fmt"
	"os"
	"sync/atomic"

	"github.com/dino-go/dino/internal/regularfile"
)

// region is the content of an open regular file, mapped into memory where the
// system can do that; or bytes in memory, without a file.
type region struct {
	file   *os.File // nil for bytes in memory
	size   int64
	mapped []byte // nil where it cannot
	closed atomic.Bool
}

func openRegion(path string) (*region, error) {
	file, err := regularfile.Open(path)
	if err != nil {
		return nil, err
	}
	r := &region{file: file}
	if err := r.stat(); err != nil {
		file.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	// A file system that cannot map is no reason to fail: view reads then.
	r.mapped, _ = mapFile(file, r.size)
	return r, nil
}

// memoryRegion is a region of bytes in memory.
func memoryRegion(data []byte) *region {
	return &region{mapped: data[:len(data):len(data)], size: int64(len(data))}
}

func (r *region) stat() error {
	stat, err := r.file.Stat()
	if err != nil {
		return err
	}
	r.size = stat.Size()
	return nil
}

// view returns n bytes at offset, mapped or read. Mapped bytes must not be
// written to, and are valid until close.
func (r *region) view(offset, n int64) ([]byte, error) {
	if r.mapped == nil || n == 0 {
		return r.read(offset, n)
	}
	if err := r.check(offset, n); err != nil {
		return nil, err
	}
	return r.mapped[offset : offset+n : offset+n], nil
}

// read returns n bytes at offset in memory of their own.
func (r *region) read(offset, n int64) ([]byte, error) {
	if err := r.check(offset, n); err != nil {
		return nil, err
	}
	data := make([]byte, n)
	if r.file == nil {
		copy(data, r.mapped[offset:])
		return data, nil
	}
	_, err := r.file.ReadAt(data, offset)
	return data, err
}

func (r *region) check(offset, n int64) error {
	if r.closed.Load() {
		return os.ErrClosed
	}
	if offset < 0 || n < 0 || n > r.size || offset > r.size-n {
		return fmt.Errorf("bytes [%d, %d) lie outside the file of %d bytes", offset, offset+n, r.size)
	}
	return nil
}

func (r *region) close() error {
	if r.closed.Swap(true) {
		return os.ErrClosed
	}
	if r.file == nil {
		return nil
	}
	return errors.Join(unmapFile(r.mapped), r.file.Close())
}
