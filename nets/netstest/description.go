package netstest

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/dino-go/dino/internal/layer"
	"github.com/dino-go/dino/nets"
)

var kind = regexp.MustCompile(`^[a-z][a-z0-9]*$`)

// reserved are the metadata keys of files that are not those of a network.
var reserved = []string{"preprocessing", "head"}

// description verifies what the configuration says of itself.
func (s Suite) description() error {
	if err := s.Config.Validate(); err != nil {
		return fmt.Errorf("the configuration is not valid: %w", err)
	}
	c, g, parts := s.Config, s.Config.Geometry(), s.Config.Outputs()
	var errs []error
	require := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	require(kind.MatchString(c.Kind()) && !slices.Contains(reserved, c.Kind()),
		"kind is %q: must be lower-case letters and digits, and none of %v", c.Kind(), reserved)
	require(c.Width() >= 1, "width is %d: must be at least 1", c.Width())
	require(g.Channels >= 1 && g.Patch >= 1, "geometry is %+v: channels and patch must be at least 1", g)
	require(g.Edge >= nets.EdgeRefused && g.Edge <= nets.EdgePadded, "geometry is %+v: the edge is none of nets", g)
	require(parts.Blocks >= 1 && parts.Prefix >= 0 && parts.Heads >= 0,
		"outputs are %+v: there must be at least 1 block, and no negative numbers", parts)
	require(!parts.Class || parts.Prefix >= 1, "outputs are %+v: a class token is one of the prefix", parts)
	if len(errs) > 0 {
		return errors.Join(errs...)
	}
	if g.Native != [2]int{} {
		require(g.Check(g.Native) == nil, "geometry is %+v: the native size is refused: %v", g, g.Check(g.Native))
	}
	return errors.Join(errors.Join(errs...), s.stored(), s.invalid())
}

// stored verifies that the JSON of a configuration, which files of weights have, is all of it.
func (s Suite) stored() error {
	text, err := json.Marshal(s.Config)
	if err != nil {
		return err
	}
	back := reflect.New(reflect.TypeOf(s.Config))
	if err := json.Unmarshal(text, back.Interface()); err != nil {
		return fmt.Errorf("reading the JSON of the configuration: %w", err)
	}
	read := back.Elem().Interface().(nets.Config)
	if got, want := fmt.Sprintf("%+v", read), fmt.Sprintf("%+v", s.Config); got != want {
		return fmt.Errorf("the configuration is read back from its JSON as %s: all that it says must be in there", got)
	}
	if !maps.EqualFunc(read.Shapes(), s.Config.Shapes(), slices.Equal) {
		return errors.New("the configuration that is read back from its JSON has other variables")
	}
	return nil
}

// invalid verifies that New refuses what Validate does: the zero value of most configurations.
func (s Suite) invalid() error {
	t := reflect.TypeOf(s.Config)
	if t.Kind() == reflect.Pointer {
		return nil
	}
	zero := reflect.Zero(t).Interface().(nets.Config)
	if zero.Validate() == nil {
		return nil
	}
	if n, err := zero.New(); err == nil || n != nil {
		return fmt.Errorf("of an invalid configuration, New returns %v and %v: want nil and what Validate reports", n,
			err)
	}
	return nil
}

// variables compares the list of variables with those that graphs of several sizes create.
func (s Suite) variables() error {
	b, err := s.fresh()
	if err != nil {
		return err
	}
	for _, size := range s.taken() {
		if _, err := b.features(b.quiet, s.images(1, size), false); err != nil {
			return err
		}
	}
	want := s.Config.Shapes()
	names, byName := layer.Within(b.store, scope)
	var errs []error
	for _, name := range names {
		v := byName[name]
		if shape, ok := want[name]; !ok || !slices.Equal(shape, v.Shape().Dimensions) {
			errs = append(errs, fmt.Errorf("the graph has the variable %s %v, Shapes lists %v", name,
				v.Shape().Dimensions, shape))
		}
		if strings.Contains(v.Path(), ".") {
			errs = append(errs, fmt.Errorf("the variable %s has a dot in its path, which is read from a file as a "+
				"step of the path", v.Path()))
		}
		if v.Trainable && v.DType().String() != "Float32" {
			errs = append(errs, fmt.Errorf("the variable %s is %s: what is trained must be Float32", name, v.DType()))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if byName[name] == nil {
			errs = append(errs, fmt.Errorf("no graph has %s %v, which Shapes lists", name, want[name]))
		}
	}
	_, all := layer.Within(b.store, "/")
	if len(all) != len(byName) {
		errs = append(errs, fmt.Errorf("there are %d variables outside the scope of the network", len(all)-len(byName)))
	}
	return errors.Join(errs...)
}
