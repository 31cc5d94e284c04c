// Package cpu is a compute engine for GoMLX that runs on the processor: pure Go and Go assembly, no
// cgo, nothing to install.
//
// Import it and open it by name ("cpu") or with [New]. A graph is compiled to a flat program:
// common subexpressions are eliminated, chains of elementwise operations, broadcasts and reductions
// are fused to loops over tiles that stay in cache, transposes become strides of matrix products,
// and all memory is planned ahead. Programs use every core inside each operation, run concurrently
// with others without ever waiting for a free worker, and give the same bits for any number of
// threads.
//
// docs/engine.md follows one graph through the compiler; README.md beside this file has the table
// of operations and figures.
package cpu

import (
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/gomlx/compute"

	"github.com/dino-go/dino/cpu/internal/isa"
	"github.com/dino-go/dino/cpu/internal/parallel"
)

// Name is the name under which the engine is registered.
const Name = "cpu"

func init() { compute.Register(Name, New) }

// Backend is the engine. It implements [compute.Backend] and is safe for concurrent use.
type Backend struct {
	pool      *parallel.Pool
	level     isa.Level
	memory    memoryPool
	finalized atomic.Bool
}

var _ compute.Backend = (*Backend)(nil)

// New opens the engine. config is empty or a comma-separated list of options:
//
//	parallelism=N  use N threads; 0, the default, means as many as GOMAXPROCS
//
// The environment variable DINO_CPU, read when the program starts, names the instruction set to use
// instead of the best one that the processor has: portable, avx2, avx512 or avx512bf16. It is an
// error of New if it names another, or one that the processor lacks.
func New(config string) (compute.Backend, error) {
	level, err := isa.InUse()
	if err != nil {
		return nil, fmt.Errorf("cpu: %w", err)
	}
	threads := 0
	for _, option := range strings.Split(config, ",") {
		key, value, _ := strings.Cut(strings.TrimSpace(option), "=")
		switch key {
		case "":
		case "parallelism":
			n, err := strconv.Atoi(value)
			if err != nil || n < 0 {
				return nil, fmt.Errorf("cpu: option parallelism is %q: must be a number of threads, or 0 "+
					"for one per core", value)
			}
			threads = n
		default:
			return nil, fmt.Errorf("cpu: unknown option %q: the only one is parallelism=N", key)
		}
	}
	b := &Backend{pool: parallel.New(threads), level: level}
	// Backends are seldom finalized; the pool's goroutines must not outlive theirs.
	runtime.AddCleanup(b, func(p *parallel.Pool) { p.Close() }, b.pool)
	return b, nil
}

// Name implements [compute.Backend].
func (b *Backend) Name() string { return Name }

// String implements [compute.Backend].
func (b *Backend) String() string { return Name }

// Description implements [compute.Backend].
func (b *Backend) Description() string {
	return fmt.Sprintf("CPU engine in Go, %d threads, %s", b.pool.Threads(), b.level)
}

// InstructionSet is the name of the instructions that the kernels use: portable, avx2, avx512 or
// avx512bf16.
func (b *Backend) InstructionSet() string { return b.level.String() }

// NumDevices implements [compute.Backend]: all cores are one device.
func (b *Backend) NumDevices() int { return 1 }

// DeviceDescription implements [compute.Backend].
func (b *Backend) DeviceDescription(compute.DeviceNum) string { return runtime.GOARCH }

// Capabilities implements [compute.Backend].
func (b *Backend) Capabilities() compute.Capabilities { return capabilities.Clone() }

// Builder implements [compute.Backend].
func (b *Backend) Builder(name string) compute.Builder { return newBuilder(b, name) }

// Finalize implements [compute.Backend]. Running executions end normally.
func (b *Backend) Finalize() {
	if b.finalized.CompareAndSwap(false, true) {
		b.pool.Close()
		b.memory.clear()
	}
}

// IsFinalized implements [compute.Backend].
func (b *Backend) IsFinalized() bool { return b.finalized.Load() }

// check returns an error if the backend has been finalized.
func (b *Backend) check() error {
	if b.finalized.Load() {
		return fmt.Errorf("cpu: the backend has been finalized")
	}
	return nil
}
