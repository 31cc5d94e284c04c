package cli

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/internal/run/trainer"
)

// measurements are those of the runs here.
var measurements = trainer.Measurements(distill.MeasurementsOf(distill.DefaultConfig()))

// commands are what this binary can run as, beside the tests.
var commands = map[string]func(){
	"dino": func() { os.Exit(Main(os.Args[1:], os.Stdout, os.Stderr)) },
}

// TestMain lets scripts, and tests that need a process of their own, run this binary as `dino`.
func TestMain(m *testing.M) {
	testscript.Main(m, commands)
}
