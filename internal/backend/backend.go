// Package backend opens a compute engine by name. It is the only package that imports engines.
package backend

import (
	"fmt"
	"runtime"
	"slices"
	"strings"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/gobackend"

	"github.com/dino-go/dino/cpu"
	"github.com/dino-go/dino/internal/memory"
	"github.com/dino-go/dino/internal/spelling"
)

// Auto selects the best engine that is installed.
const Auto = "auto"

// openers maps the name of an engine to how it is opened. Build tags add to it.
var openers = map[string]func() (compute.Backend, error){
	gobackend.BackendName: openGo,
	cpu.Name:              func() (compute.Backend, error) { return cpu.New("") },
}

// preferred lists the engines that Auto tries, best first. The last one is in every binary: if it
// cannot be opened, the error says why.
var preferred = []string{cpu.Name}

// accelerated is what [Accelerated] returns. Build tags replace it.
var accelerated = func(string) bool { return false }

// Accelerated tells whether the engine of a name would compute on a GPU or TPU.
func Accelerated(name string) bool { return accelerated(name) }

// leastBytes is what building and compiling a small graph takes. With less, Go's runtime could end
// the process before a need that is known is compared with what there is.
const leastBytes = 192 << 20

// Open returns the engine of a name: "auto" or one of [Names]. Nothing is downloaded or installed.
func Open(name string) (compute.Backend, error) {
	if err := memory.Check(leastBytes); err != nil {
		return nil, fmt.Errorf("backend: the engine %w: raise that limit, or end other programs", err)
	}
	if name == Auto {
		var reasons []string
		for _, candidate := range preferred {
			b, err := openers[candidate]()
			if err == nil {
				return b, nil
			}
			reasons = append(reasons, err.Error())
		}
		return nil, fmt.Errorf("backend: no engine could be opened: %s", strings.Join(reasons, "; "))
	}
	open, ok := openers[name]
	if !ok {
		return nil, fmt.Errorf("backend: unknown engine %q: this binary has %s; \"xla\" (GPU, TPU) needs a build "+
			"with `-tags xla`%s", name, strings.Join(Names(), ", "), spelling.DidYouMean(name, Names()))
	}
	return open()
}

// Names lists the engines of this binary.
func Names() []string {
	names := []string{Auto}
	for name := range openers {
		names = append(names, name)
	}
	slices.Sort(names[1:])
	return names
}

// PlannedMemory returns how many bytes an execution of a computation takes beside its inputs. ok is
// false where the engine does not say.
func PlannedMemory(e compute.Executable) (bytes int64, ok bool) {
	m, ok := cpu.PlannedMemory(e)
	return int64(m.Total()), ok
}

// Describe is one line about an engine, for logs.
func Describe(b compute.Backend) string {
	set := ""
	if e, ok := b.(*cpu.Backend); ok {
		set = ", " + e.InstructionSet()
	}
	return fmt.Sprintf("%s (%s/%s%s, %d threads)", b.Name(), runtime.GOOS, runtime.GOARCH, set, runtime.GOMAXPROCS(0))
}
