package pretrain

import (
	"slices"
	"strings"

	"github.com/gomlx/compute"

	"github.com/dino-go/dino/internal/backend"
	"github.com/dino-go/dino/internal/option"
)

// openEngine opens the engine of the option backend.
func openEngine(name string) (compute.Backend, error) {
	if names := backend.Names(); !slices.Contains(names, name) {
		return nil, option.Errorf("config", "backend",
			"is %q: must be one of %s; \"xla\" (GPU, TPU) needs a build with `-tags xla`", name,
			strings.Join(names, ", "))
	}
	engine, err := backend.Open(name)
	if err != nil {
		return nil, option.Errorf("config", "backend", "is %q: %w", name, err)
	}
	return engine, nil
}
