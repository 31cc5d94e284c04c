package netstest

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/dino-go/dino/internal/layer"
	"github.com/dino-go/dino/nets"
)

// rounding is the largest difference, as a share of the largest element, between results that other
// graphs compute in another order.
const rounding = 1e-4

// everything asks for all outputs that a network has.
func (s Suite) everything() nets.Want {
	parts := s.Config.Outputs()
	return nets.Want{LastBlocks: parts.Blocks, Attention: true}
}

// sizes verifies the shapes of all outputs, and that they are finite.
func (s Suite) sizes() error {
	b, err := s.moved()
	if err != nil {
		return err
	}
	var errs []error
	for _, size := range s.taken() {
		if err := s.Config.Geometry().Check(size); err != nil {
			errs = append(errs, err)
			continue
		}
		const batch = 2
		var shape error
		values, err := b.run(b.quiet, func(n nets.Network, sc *model.Scope, images *graph.Node) []*graph.Node {
			out := n.ForwardAll(sc, images, s.everything())
			shape = s.shaped(out, batch, size)
			nodes := append([]*graph.Node{out.Features, out.Tokens}, out.Blocks...)
			if out.Attention != nil {
				nodes = append(nodes, out.Attention)
			}
			return nodes
		}, s.images(batch, size), false)
		if err = errors.Join(err, shape); err != nil {
			errs = append(errs, fmt.Errorf("images of %v: %w", size, err))
			continue
		}
		for i, v := range values {
			if err := finite(fmt.Sprintf("images of %v: output %d", size, i), flat(v)); err != nil {
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(errs...)
}

// shaped verifies the shapes of an output that has everything.
func (s Suite) shaped(out nets.Output, batch int, size [2]int) error {
	grid, parts, width := s.Config.Geometry().Grid(size), s.Config.Outputs(), s.Config.Width()
	tokens := parts.Prefix + grid[0]*grid[1]
	var errs []error
	shape := func(name string, node *graph.Node, dims ...int) {
		if node == nil {
			errs = append(errs, fmt.Errorf("%s is nil: must be %v", name, dims))
		} else if fmt.Sprint(node.Shape().Dimensions) != fmt.Sprint(dims) {
			errs = append(errs, fmt.Errorf("%s is %v: must be %v", name, node.Shape().Dimensions, dims))
		}
	}
	if out.Grid != grid || out.Prefix != parts.Prefix {
		errs = append(errs, fmt.Errorf("the grid is %v with %d tokens before it: must be %v with %d, as the "+
			"configuration says", out.Grid, out.Prefix, grid, parts.Prefix))
	}
	shape("Features", out.Features, batch, width)
	shape("Tokens", out.Tokens, batch, tokens, width)
	if len(out.Blocks) != parts.Blocks {
		errs = append(errs, fmt.Errorf("there are %d blocks: must be %d, which were asked for", len(out.Blocks),
			parts.Blocks))
	}
	for i, block := range out.Blocks {
		shape(fmt.Sprintf("Blocks[%d]", i), block, batch, tokens, width)
	}
	switch {
	case parts.Heads > 0:
		shape("Attention", out.Attention, batch, parts.Heads, tokens, tokens)
	case out.Attention != nil:
		errs = append(errs, errors.New("there is attention, and none by the configuration"))
	}
	return errors.Join(errs...)
}

// refusals verifies that images which are not taken are an error that names the network and what is
// wrong with them.
func (s Suite) refusals() error {
	b, err := s.fresh()
	if err != nil {
		return err
	}
	g, usual := s.Config.Geometry(), s.usual()
	bad := map[string]*tensors.Tensor{
		fmt.Sprintf("%d", g.Channels): s.pixels(1, g.Channels+1, usual[0], usual[1]),
		"height":                      s.pixels(1, g.Channels, usual[0]),
	}
	for _, size := range [][2]int{{g.Patch - 1, g.Patch}, {g.Patch, g.Patch + 1}} {
		if g.Check(size) != nil && size[0] > 0 {
			bad[fmt.Sprintf("%d×%d", size[1], size[0])] = s.images(1, size)
		}
	}
	var errs []error
	for named, images := range bad {
		_, err := b.features(b.quiet, images, false)
		if err == nil {
			errs = append(errs, fmt.Errorf("images %s are taken: must be refused", images.Shape()))
		} else if text := err.Error(); !strings.Contains(text, s.Config.Kind()+": ") || !strings.Contains(text, named) {
			errs = append(errs, fmt.Errorf("images %s are refused by %q: must name the kind (%s) and %s, as "+
				"nets.CheckImages does", images.Shape(), text, s.Config.Kind(), named))
		}
	}
	return errors.Join(errs...)
}

// outputs verifies that the named outputs agree with each other.
func (s Suite) outputs() error {
	b, err := s.moved()
	if err != nil {
		return err
	}
	var attends bool
	var unasked error
	values, err := b.run(b.quiet, func(n nets.Network, sc *model.Scope, images *graph.Node) []*graph.Node {
		all, plain := n.ForwardAll(sc, images, s.everything()), n.ForwardAll(sc, images, nets.Want{})
		if plain.Attention != nil || plain.Blocks != nil {
			unasked = errors.New("there are blocks or attention in an output that was not asked for them")
		}
		one := n.ForwardAll(sc, images, nets.Want{LastBlocks: 1})
		if len(all.Blocks) == 0 || len(one.Blocks) != 1 {
			exceptions.Panicf("%d blocks where one was asked for", len(one.Blocks))
		}
		nodes := []*graph.Node{
			n.Forward(sc, images), plain.Features, all.Features, plain.Tokens, all.Tokens,
			all.Blocks[len(all.Blocks)-1], one.Blocks[0],
		}
		if attends = all.Attention != nil; attends {
			nodes = append(nodes, layer.Float32(graph.ReduceSum(all.Attention, -1)), all.Attention)
		}
		return nodes
	}, s.images(2, s.usual()), false)
	if err != nil {
		return err
	}
	errs := []error{
		unasked,
		differ("the features of ForwardAll, against those of Forward", flat(values[1]), flat(values[0]), rounding),
		differ("the features, when all is wanted", flat(values[2]), flat(values[0]), rounding),
		differ("the tokens, when all is wanted", flat(values[4]), flat(values[3]), rounding),
		differ("the last of all blocks, against the tokens", flat(values[5]), flat(values[3]), rounding),
		differ("the last block alone, against the tokens", flat(values[6]), flat(values[3]), rounding),
	}
	if attends {
		ones := make([]float32, values[7].Size())
		for i := range ones {
			ones[i] = 1
		}
		errs = append(errs, differ("the sums of rows of the attention", flat(values[7]), ones, rounding))
		for i, p := range flat(values[8]) {
			if !(p >= 0) {
				errs = append(errs, fmt.Errorf("the attention has element %d of %g: must not be negative", i, p))
				break
			}
		}
	}
	return errors.Join(errs...)
}

// batch verifies that features do not depend on the other images, and do on their own.
func (s Suite) batch() error {
	b, err := s.moved()
	if err != nil {
		return err
	}
	const batch = 3
	all, width := s.images(batch, s.usual()), s.Config.Width()
	together, err := b.features(b.quiet, all, false)
	if err != nil {
		return err
	}
	pixels, dims := flat(all), all.Shape().Dimensions
	one := len(pixels) / batch
	var errs []error
	for i := range batch {
		alone, err := b.features(b.quiet, tensors.FromFlatDataAndDimensions(pixels[i*one:(i+1)*one], 1, dims[1],
			dims[2], dims[3]), false)
		if err != nil {
			return err
		}
		errs = append(errs, differ(fmt.Sprintf("image %d in a batch, against alone", i),
			together[i*width:(i+1)*width], alone, rounding))
	}
	if slices.Equal(together[:width], together[width:2*width]) {
		errs = append(errs, errors.New("two images have the same features"))
	}
	return errors.Join(errs...)
}

// flat are the elements of a tensor; those of a bfloat16 one do not come up here.
func flat(t *tensors.Tensor) []float32 { return tensors.MustCopyFlatData[float32](t) }
