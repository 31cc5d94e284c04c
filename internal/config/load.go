package config

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/dino-go/dino"
	"github.com/dino-go/dino/internal/option"
	"github.com/dino-go/dino/vit"
	"github.com/dino-go/dino/weights/layout"
)

// Sources are where a configuration comes from, weakest first.
type Sources struct {
	Base   *Config  // of a run that goes on: what its preset resolved to; nil for a new run
	Preset string   // empty: the file's or the settings' preset, or else that of Base, or else auto
	File   string   // path of a YAML file; empty for none
	Set    []string // settings "a.b=c"
	Flags  []Flag   // short for settings; stronger than Set
	// Weights describes what [Early].Init names, for a new run: they bring their network, head and normalisation of images.
	Weights *layout.Description
}

// Load composes preset, file and settings, and validates the result.
func Load(s Sources, facts Facts) (Config, error) {
	layers, err := s.layers()
	if err != nil {
		return Config{}, err
	}
	named, err := namedIn(layers)
	if err != nil {
		return Config{}, err
	}
	if named.preset != "" { // also where a flag overrides it
		if err := checkPreset(named.preset); err != nil {
			return Config{}, err
		}
	}
	facts.Epochs = named.epochs
	c, err := s.start(named, facts)
	if err != nil {
		return Config{}, err
	}
	preset := c.Preset
	if s.Weights != nil {
		if err := c.startFrom(*s.Weights, named, facts); err != nil {
			return Config{}, err
		}
	}
	if err := c.chooseEncoder(named.encoder); err != nil {
		return Config{}, err
	}
	for _, l := range layers {
		if _, err := l.into(&c); err != nil {
			return Config{}, err
		}
	}
	c.Preset = preset
	return c, c.Validate()
}

// start is the configuration before the layers.
func (s Sources) start(named named, facts Facts) (Config, error) {
	preset := cmp.Or(s.Preset, named.preset)
	if s.Base != nil {
		if cmp.Or(preset, s.Base.Preset) != s.Base.Preset {
			return Config{}, invalid("preset", "is %q, but the run began with %q: use the same, or another run folder", preset, s.Base.Preset)
		}
		return *s.Base, nil
	}
	preset = cmp.Or(preset, Auto)
	c, err := Preset(preset, facts)
	c.Preset = preset
	return c, err
}

// Read decodes a complete configuration, as a run folder holds it.
func Read(path string) (Config, error) {
	l, err := readFile(path)
	if err != nil {
		return Config{}, err
	}
	var c Config
	lines, err := l.into(&c)
	if err != nil {
		return c, err
	}
	if err := complete(lines); err != nil {
		return c, fmt.Errorf("config: %s: %w", path, err)
	}
	return c, noted(errors.Join(checkPreset(c.Preset), c.Validate()), func(name string) string { return fmt.Sprintf(" (in %s, line %d)", path, lines[name]) })
}

// later are the options that configurations of older versions lack; without them they mean their zero.
var later = []string{"model.allow_constant_teacher"}

// complete requires that a configuration states every option.
func complete(stated map[string]int) error {
	var missing []string
	for _, path := range Options() {
		if _, ok := stated[path]; !ok && !slices.Contains(later, path) {
			missing = append(missing, path)
		}
	}
	switch len(missing) {
	case 0:
		return nil
	case 1:
		return fmt.Errorf("lacks the option %s, which the configuration of a run has: restore the file, or begin another run folder", missing[0])
	}
	return fmt.Errorf("lacks the option %s and %d others, which the configuration of a run has: restore the file, or begin another run folder", missing[0], len(missing)-1)
}

// YAML returns the configuration as it is saved with a run.
func (c Config) YAML() ([]byte, error) {
	return yaml.MarshalWithOptions(c, yaml.CustomMarshaler[string](func(s string) ([]byte, error) { return []byte(quote(s)), nil }))
}

// word is a text that needs no quotes, unless it is one of YAML's own.
var word = regexp.MustCompile(`^[a-zA-Z/][a-zA-Z0-9_./-]*$`)

// quote writes a text so that it reads back as the same; a folder's name may hold anything. Go's quoted form is also YAML's.
func quote(s string) string {
	if word.MatchString(s) && !slices.Contains([]string{"null", "true", "false"}, strings.ToLower(s)) {
		return s
	}
	return strconv.Quote(s)
}

func (s Sources) layers() ([]layer, error) {
	var layers []layer
	if s.File != "" {
		l, err := readFile(s.File)
		if err != nil {
			return nil, err
		}
		layers = append(layers, l)
	}
	for _, setting := range s.Set {
		l, err := parseSetting(setting)
		if err != nil {
			return nil, err
		}
		layers = append(layers, l)
	}
	for _, flag := range s.Flags {
		l, err := flag.layer()
		if err != nil {
			return nil, err
		}
		layers = append(layers, l)
	}
	return layers, nil
}

// Explain adds to errors about options where each was set, so far as the sources set it.
func (s Sources) Explain(err error) error {
	layers, _ := s.layers() // their errors were reported before anything could be wrong with a value
	var c Config
	where := map[string]string{}
	for _, l := range layers {
		lines, _ := l.into(&c)
		for path, line := range lines {
			where[path] = " (set by " + strings.Fields(l.origin)[0] + ")"
			if l.file {
				where[path] = fmt.Sprintf(" (set in %s, line %d)", l.origin, line)
			}
		}
	}
	if s.Preset != "" { // stronger than all
		where["preset"] = " (set by --preset)"
	}
	return noted(err, func(path string) string { return where[path] })
}

// noted adds a remark to every error about an option.
func noted(err error, remark func(path string) string) error {
	return option.Each(err, func(e *option.Error) *option.Error {
		path, _, _ := strings.Cut(string(e.Path), "[") // without the place in a list
		return e.Noted(remark(path))
	})
}

// named is what has to be known before a configuration is composed; the last layer that names a thing counts.
type named struct {
	Early
	preset, encoder string
	epochs          int
}

// Early are the options that are needed before the rest, because the auto preset is sized to the images and the machine, and weights to
// start from bring their network.
type Early struct{ DataDir, Backend, Init string }

func namedIn(layers []layer) (named, error) {
	var c Config
	for _, l := range layers {
		if _, err := l.into(&c); err != nil {
			return named{}, err
		}
	}
	return named{Early{c.Data.Dir, c.Backend, c.Init}, c.Preset, c.Model.Encoder, c.Train.Epochs}, nil
}

// chooseEncoder gives model.vit the values of a named encoder, before the layers' own model.vit options are laid over them.
func (c *Config) chooseEncoder(name string) error {
	if name == "" || name == dino.EncoderCustom {
		return nil
	}
	if err := checkEncoder(name); err != nil {
		return err
	}
	network, err := vit.Variant(name)
	if err != nil {
		return err
	}
	network.DropPath, network.PosEmbed, network.Recompute = c.Model.ViT.DropPath, c.Model.ViT.PosEmbed, c.Model.ViT.Recompute
	c.Model.ViT = network
	if c.Preset == Auto {
		c.autoWidth(network.EmbedDim)
	}
	return nil
}

// LoadEarly returns the options of [Early] that the sources name; empty where none does.
func LoadEarly(s Sources) (Early, error) {
	layers, err := s.layers()
	if err != nil {
		return Early{}, err
	}
	named, err := namedIn(layers)
	if err != nil || s.Base == nil {
		return named.Early, err
	}
	return Early{
		DataDir: cmp.Or(named.DataDir, s.Base.Data.Dir),
		Backend: cmp.Or(named.Backend, s.Base.Backend),
		Init:    cmp.Or(named.Init, s.Base.Init),
	}, nil
}
