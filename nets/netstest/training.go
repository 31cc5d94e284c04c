package netstest

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/internal/layer"
	"github.com/dino-go/dino/internal/variables"
	"github.com/dino-go/dino/nets"
	"github.com/dino-go/dino/weights"
)

// gradient verifies that a loss of the features has a gradient by every trainable variable, in
// training, at the usual size and at another. It runs without noise, which may switch a branch off
// in all images.
func (s Suite) gradient() error {
	b, err := s.moved()
	if err != nil {
		return err
	}
	var errs []error
	for _, size := range [][2]int{s.usual(), {5 * s.Config.Geometry().Patch, 5 * s.Config.Geometry().Patch}} {
		names, gradients, err := b.gradients(size)
		if err != nil {
			return err
		}
		for i, name := range names {
			values := flat(gradients[i])
			err := finite("the gradient of "+name, values)
			zero := !slices.ContainsFunc(values, func(v float32) bool { return v != 0 })
			switch reason := s.NoGradient[name]; {
			case zero && reason == "":
				err = fmt.Errorf("the gradient of %s is zero: the features do not depend on it, or only behind a stop "+
					"of the gradient; NoGradient may say why", name)
			case !zero && reason != "":
				err = fmt.Errorf("the gradient of %s is not zero, as NoGradient has it: %s", name, reason)
			}
			errs = append(errs, err)
		}
		for name := range s.NoGradient {
			if !slices.Contains(names, name) {
				errs = append(errs, fmt.Errorf("NoGradient names %s, which is no trainable variable", name))
			}
		}
	}
	return errors.Join(errs...)
}

// gradients are those of a weighted sum of the features, by trainable variable.
func (b *bed) gradients(size [2]int) (names []string, gradients []*tensors.Tensor, err error) {
	all, byName := layer.Within(b.store, scope)
	for _, name := range all {
		if byName[name].Trainable {
			names = append(names, name)
		}
	}
	const batch = 2
	direction := flat(b.pixels(batch, b.Config.Width()))
	gradients, err = b.run(b.quiet,
		func(n nets.Network, sc *model.Scope, images *graph.Node) []*graph.Node {
			features := layer.Float32(n.Forward(sc, images))
			weight := graph.Const(images.Graph(), tensors.FromFlatDataAndDimensions(direction, batch, b.Config.Width()))
			loss := graph.ReduceAllSum(graph.Mul(features, weight))
			var nodes []*graph.Node
			for _, name := range names {
				nodes = append(nodes, byName[name].NodeValue(images.Graph()))
			}
			return graph.Gradient(loss, nodes...)
		}, b.images(batch, size), true)
	return names, gradients, err
}

// determinism verifies that seed and images decide about every bit.
func (s Suite) determinism() error {
	var first map[string]weights.Tensor
	var features []float32
	for range 2 {
		b, err := s.fresh()
		if err != nil {
			return err
		}
		initial, err := variables.Export(b.store, scope)
		if err != nil {
			return err
		}
		if first == nil {
			first = initial
		}
		for _, name := range slices.Sorted(maps.Keys(initial)) {
			if !bytes.Equal(initial[name].Data, first[name].Data) {
				return fmt.Errorf("the initial values of %s differ between two networks of the same seed", name)
			}
		}
		for range 2 {
			again, err := b.features(b.quiet, s.images(2, s.usual()), false)
			if err != nil {
				return err
			}
			if features == nil {
				features = again
			}
			if err := differ("features of the same images in evaluation", again, features, 0); err != nil {
				return err
			}
		}
	}
	return nil
}

// noise verifies that the form without noise does not depend on the random state, in training
// neither, that it has the same variables, and that a network which has no noise equals it.
func (s Suite) noise() error {
	b, err := s.moved()
	if err != nil {
		return err
	}
	images := s.images(4, s.usual())
	features := func(n nets.Network, seed int64, training bool) (values []float32) {
		if err == nil {
			err = b.store.SetRNGStateFromSeed(seed)
		}
		if err == nil {
			values, err = b.features(n, images, training)
		}
		return values
	}
	var errs []error
	for what, training := range map[string]bool{"training": true, "evaluation": false} {
		quiet, loud := features(b.quiet, 1, training), features(b.loud, 1, training)
		errs = append(errs, differ("the form without noise in "+what+", with another random state",
			features(b.quiet, 2, training), quiet, 0))
		if slices.Equal(features(b.loud, 2, training), loud) {
			errs = append(errs, differ("the form without noise in "+what+", against the network, which has none", quiet,
				loud,
				rounding))
		}
	}
	if err != nil {
		return err
	}
	names, _ := layer.Within(b.store, scope)
	if want := s.Config.Shapes(); len(names) != len(want) {
		errs = append(errs, fmt.Errorf("the network and its form without noise have %d variables: must be the same %d",
			len(names), len(want)))
	}
	return errors.Join(errs...)
}

// weights verifies that a file holds all of the network.
func (s Suite) weights() (err error) {
	b, err := s.moved()
	if err != nil {
		return err
	}
	images := s.images(2, s.usual())
	want, err := b.features(b.quiet, images, false)
	if err != nil {
		return err
	}
	kept, err := variables.Export(b.store, scope)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "netstest-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "network.safetensors")
	if err := weights.Write(path, kept, nil); err != nil {
		return err
	}
	read, err := b.reopened(path)
	if err != nil {
		return err
	}
	got, err := read.features(read.quiet, images, false)
	if err != nil {
		return err
	}
	return differ("the features of the network that was read", got, want, 0)
}

// reopened is a network with the variables of a file.
func (b *bed) reopened(path string) (*bed, error) {
	file, err := weights.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	tensors := map[string]weights.Tensor{}
	for _, name := range file.Names() {
		if tensors[name], err = file.View(name); err != nil {
			return nil, err
		}
	}
	out := &bed{b.Suite, b.loud, b.quiet, model.NewStore()}
	return out, variables.Create(out.store, scope, tensors)
}

// bfloat16 verifies that images in bfloat16 are computed in it, to about its precision.
func (s Suite) bfloat16() error {
	if s.OnlyFloat32 {
		return nil
	}
	b, err := s.moved()
	if err != nil {
		return err
	}
	images := s.images(2, s.usual())
	want, err := b.features(b.quiet, images, false)
	if err != nil {
		return err
	}
	var typed error
	values, err := b.run(b.quiet, func(n nets.Network, sc *model.Scope, images *graph.Node) []*graph.Node {
		out := n.Forward(sc, graph.ConvertDType(images, dtypes.BFloat16))
		if out.DType() != dtypes.BFloat16 {
			typed = fmt.Errorf("the features of images in bfloat16 are %s: must be bfloat16, or OnlyFloat32 says that "+
				"the network computes in float32", out.DType())
		}
		return []*graph.Node{layer.Float32(out)}
	}, images, false)
	if err = errors.Join(err, typed); err != nil {
		return err
	}
	const precision = 0.1 // of the largest feature: bfloat16 keeps 8 bits, and a sum loses some
	return differ("features in bfloat16, against those in float32", flat(values[0]), want, precision)
}
