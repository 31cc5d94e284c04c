//go:build xla

package backend

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gomlx/compute"
	"github.com/gomlx/go-xla/compute/xla"
)

// errNoPlugin says how to get what is missing. Nothing is ever downloaded from here.
var errNoPlugin = errors.New("backend: engine \"xla\" finds no PJRT plugin: install one with `go run " +
	"github.com/gomlx/go-xla/cmd/pjrt_installer@v0.4.1`, or set PJRT_PLUGIN_LIBRARY_PATH to the folder that holds it")

func init() {
	xla.EnableAutoInstall(false)
	openers[xla.BackendName] = openXLA
	preferred = append([]string{xla.BackendName}, preferred...)
	accelerated = func(name string) bool {
		plugins := xla.GetAvailablePlugins()
		return (name == Auto || name == xla.BackendName) && len(plugins) > 0 && !strings.HasPrefix(plugins[0], "cpu")
	}
}

// openXLA opens the best installed PJRT plugin: CUDA, TPU, then the processor.
func openXLA() (compute.Backend, error) {
	if len(xla.GetAvailablePlugins()) == 0 {
		return nil, errNoPlugin
	}
	b, err := xla.New("")
	if err != nil {
		return nil, fmt.Errorf("backend: engine \"xla\": %w", err)
	}
	return b, nil
}
