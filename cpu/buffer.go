package cpu

import (
	"fmt"
	"sync"
	"unsafe"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// Buffer is a tensor in memory. It implements [compute.Buffer].
type Buffer struct {
	backend *Backend
	shape   shapes.Shape

	mu      sync.Mutex
	data    []byte
	readers int  // number of executions that are reading it
	dead    bool // finalized or donated: the last reader returns the memory to the pool
}

var _ compute.Buffer = (*Buffer)(nil)

// newBuffer allocates a buffer of a shape with uninitialised elements.
func (b *Backend) newBuffer(shape shapes.Shape) *Buffer {
	return &Buffer{backend: b, shape: shape.Clone(), data: b.memory.get(shape.Size() * shape.DType.Size())}
}

// acquire registers an execution that reads the buffer, and returns its memory, which stays
// allocated until release. It is an error if the buffer has been finalized or donated.
func (b *Buffer) acquire() ([]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.dead {
		return nil, fmt.Errorf("the buffer has been finalized or donated")
	}
	b.readers++
	return b.data, nil
}

// release unregisters an execution that acquire has registered.
func (b *Buffer) release() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.readers--
	b.recycle()
}

// donate makes the buffer invalid and hands over its memory; ok is false if another execution is
// reading it.
func (b *Buffer) donate() (data []byte, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.dead = true
	if b.readers > 1 || b.data == nil {
		return nil, false
	}
	data, b.data = b.data, nil
	return data, true
}

// recycle returns the memory of a dead buffer without readers to the pool. The caller holds b.mu.
func (b *Buffer) recycle() {
	if b.dead && b.readers == 0 && b.data != nil {
		if !b.backend.finalized.Load() {
			b.backend.memory.put(b.data)
		}
		b.data = nil
	}
}

// Backend implements [compute.Buffer].
func (b *Buffer) Backend() compute.Backend { return b.backend }

// Finalize implements [compute.Buffer]. Executions that are reading the buffer end normally.
func (b *Buffer) Finalize() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.dead = true
	b.recycle()
	return nil
}

// Shape implements [compute.Buffer].
func (b *Buffer) Shape() (shapes.Shape, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.dead {
		return shapes.Invalid(), fmt.Errorf("cpu: the buffer has been finalized or donated")
	}
	return b.shape, nil
}

// DeviceNum implements [compute.Buffer].
func (b *Buffer) DeviceNum() (compute.DeviceNum, error) { return 0, nil }

// ToFlatData implements [compute.Buffer].
func (b *Buffer) ToFlatData(flat any) error {
	data, err := b.acquire()
	if err != nil {
		return fmt.Errorf("cpu: reading a buffer: %w", err)
	}
	defer b.release()
	if err := checkFlat(flat, b.shape); err != nil {
		return fmt.Errorf("cpu: reading a buffer: %w", err)
	}
	copy(dtypes.UnsafeByteSliceFromAny(flat), data)
	return nil
}

// Data implements [compute.Buffer].
func (b *Buffer) Data() (any, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.dead {
		return nil, fmt.Errorf("cpu: the buffer has been finalized or donated")
	}
	return flatOf(b.data, b.shape), nil
}

// flatOf views memory as a slice of the elements of a shape, of the Go type that belongs to the
// data type.
func flatOf(data []byte, shape shapes.Shape) any {
	if shape.Size() == 0 {
		return dtypes.MakeAnySlice(shape.DType, 0)
	}
	return dtypes.UnsafeAnySliceFromBytes(unsafe.Pointer(unsafe.SliceData(data)), shape.DType, shape.Size())
}

// CopyToDevice implements [compute.Buffer]; there is one device.
func (b *Buffer) CopyToDevice(device compute.DeviceNum) (compute.Buffer, error) {
	if device != 0 {
		return nil, fmt.Errorf("cpu: copying a buffer to device %d: the only one is 0", device)
	}
	data, err := b.acquire()
	if err != nil {
		return nil, fmt.Errorf("cpu: copying a buffer: %w", err)
	}
	defer b.release()
	clone := b.backend.newBuffer(b.shape)
	copy(clone.data, data)
	return clone, nil
}

// checkFlat returns an error unless flat is a slice of shape.Size() elements of the shape's data
// type.
func checkFlat(flat any, shape shapes.Shape) error {
	dtype, n := flatType(flat)
	if dtype != shape.DType || n != shape.Size() {
		return fmt.Errorf("flat data is %T of length %d: must be a slice of %d elements of %s", flat, n, shape.Size(),
			shape.DType)
	}
	return nil
}

// BufferFromFlatData implements [compute.Backend].
func (b *Backend) BufferFromFlatData(device compute.DeviceNum, flat any, shape shapes.Shape) (compute.Buffer, error) {
	if err := b.checkShape(device, shape); err != nil {
		return nil, err
	}
	if err := checkFlat(flat, shape); err != nil {
		return nil, fmt.Errorf("cpu: making a buffer: %w", err)
	}
	buffer := b.newBuffer(shape)
	copy(buffer.data, dtypes.UnsafeByteSliceFromAny(flat))
	return buffer, nil
}

// HasSharedBuffers implements [compute.Backend]: all buffers are shared.
func (b *Backend) HasSharedBuffers() bool { return true }

// NewSharedBuffer implements [compute.Backend].
func (b *Backend) NewSharedBuffer(device compute.DeviceNum, shape shapes.Shape) (compute.Buffer, any, error) {
	if err := b.checkShape(device, shape); err != nil {
		return nil, nil, err
	}
	buffer := b.newBuffer(shape)
	clear(buffer.data)
	return buffer, flatOf(buffer.data, shape), nil
}

func (b *Backend) checkShape(device compute.DeviceNum, shape shapes.Shape) error {
	if err := b.check(); err != nil {
		return err
	}
	if device != 0 {
		return fmt.Errorf("cpu: making a buffer on device %d: the only one is 0", device)
	}
	if !capabilities.DTypes[shape.DType] {
		return fmt.Errorf("cpu: making a buffer of %s: the data type is not supported: %w", shape,
			compute.ErrNotImplemented)
	}
	if shape.IsDynamic() {
		return fmt.Errorf("cpu: making a buffer of %s: all dimensions must be known", shape)
	}
	return nil
}
