// Package netstest has the tests that every network of package nets must pass, ours and others':
//
//	func TestNetwork(t *testing.T) {
//		engine, err := cpu.New("")
//		if err != nil {
//			t.Fatal(err)
//		}
//		defer engine.Finalize()
//		netstest.Run(t, netstest.Suite{Engine: engine, Config: mynet.Config{Dim: 8, Depth: 2}})
//	}
//
// They build the network at every kind of size that its geometry names, many times over: give them
// a small one, and one Suite for each option that changes how the graph is built.
//
// Tests: property (for every test there is a network that fails it for the reason that it names;
// sound networks pass in internal/testkit/convnet and nets/vit).
package netstest

import (
	"testing"

	"github.com/gomlx/compute"

	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/nets"
)

// Suite says what is tested.
type Suite struct {
	Engine compute.Backend // on which the graphs run; it stays the caller's
	Config nets.Config

	// NoGradient names trainable variables whose gradient is zero in all elements, each with the
	// reason. One that has a gradient must not be listed.
	NoGradient map[string]string
	// OnlyFloat32 says that the network does not compute in bfloat16: it cannot be trained with
	// model.precision bfloat16 then.
	OnlyFloat32 bool

	seed uint64 // of images, and of what is added to the initial values
}

// checks are the tests, each with what it requires.
var checks = []struct {
	name string
	run  func(Suite) error
}{
	{"description", Suite.description}, // what the configuration says of itself can be
	{"variables", Suite.variables},     // Shapes lists what the graph creates
	{"sizes", Suite.sizes},             // outputs have their shapes at every kind of size
	{"refusals", Suite.refusals},       // images that are not taken are an error that says so
	{"outputs", Suite.outputs},         // the named outputs agree with each other
	{"batch", Suite.batch},             // an image has the same features whatever it is beside
	{"gradient", Suite.gradient},       // of the features reaches every variable
	{"determinism", Suite.determinism}, // the same seed and images give the same bits
	{"noise", Suite.noise},             // the form without noise has none, and else is the network
	{"weights", Suite.weights},         // a file of weights gives the same network back, to the bit
	{"bfloat16", Suite.bfloat16},       // images in bfloat16 are computed in it
}

// Run runs the tests as subtests of t. Random draws are fresh each time; the log says how to repeat
// them.
func Run(t *testing.T, s Suite) {
	t.Helper()
	s.seed = testkit.Seed(t)
	for _, c := range checks {
		t.Run(c.name, func(t *testing.T) {
			if err := c.run(s); err != nil {
				t.Errorf("%+v: %v", s.Config, err)
			}
		})
	}
}
