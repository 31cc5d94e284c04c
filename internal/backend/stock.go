package backend

import (
	"fmt"
	"reflect"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/gobackend"
)

// openGo opens compute's pure-Go engine with an unbounded pool of workers. With a bounded one it
// deadlocks on graphs with independent branches (teacher beside student is one): operations of
// parallel branches hold every worker, and each matrix product waits for a free one.
//
// compute v0.1.3 prints a line to standard output where its option "parallelism" is set, and
// standard output belongs to the caller. So the option is left out, and the bound is removed from
// the engine's pool before the engine is used.
func openGo() (compute.Backend, error) {
	b, err := gobackend.New("")
	if err != nil {
		return nil, fmt.Errorf("backend: engine %q: %w", gobackend.BackendName, err)
	}
	pool, ok := workersOf(b)
	if !ok {
		return nil, fmt.Errorf("backend: engine %q: %T has no field Workers with the methods SetMaxParallelism and "+
			"IsUnlimited, as in compute v0.1.3: without it the engine deadlocks; use that version",
			gobackend.BackendName, b)
	}
	pool.SetMaxParallelism(-1)
	return b, nil
}

// workers is the pool of workers of compute's engine. A limit below 0 means none.
type workers interface {
	SetMaxParallelism(limit int)
	IsUnlimited() bool
}

// workersOf returns the pool of an engine. The field is exported and its type is not, which leaves
// reflection.
func workersOf(b compute.Backend) (workers, bool) {
	v := reflect.Indirect(reflect.ValueOf(b))
	if v.Kind() != reflect.Struct {
		return nil, false
	}
	field := v.FieldByName("Workers")
	if !field.IsValid() || !field.CanInterface() {
		return nil, false
	}
	pool, ok := field.Interface().(workers)
	return pool, ok
}
