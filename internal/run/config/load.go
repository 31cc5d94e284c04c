package config

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/nets/vit"

	"github.com/dino-go/dino/weights/layout"
)

// Sources are where a configuration comes from, weakest first.
type Sources struct {
	Base   *Config  // of a run that goes on: what its preset resolved to; nil for a new run
	Preset string   // empty: the file's or the settings' preset, or else that of Base, or else auto
	File   string   // path of a YAML file; empty for none
	Set    []string // settings "a.b=c"
	Flags  []Flag   // short for settings; stronger than Set
	Epochs int      // that train.time was measured to be enough for; 0 where it was not yet
	// Weights describes what [Early].Init names, for a new run: they bring their network, head and
	// normalisation of images.
	Weights *layout.Description
	// SetName and PresetName are what errors call Set and Preset; empty for --set and --preset.
	SetName, PresetName string
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
	facts.Epochs, facts.Time = named.epochs, named.time
	if named.time > 0 {
		facts.Epochs = s.Epochs
	}
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
	sized := cmp.Or(s.Epochs, c.Train.Epochs)
	for _, l := range layers {
		if _, err := l.into(&c); err != nil {
			return Config{}, err
		}
	}
	c.Preset = preset
	if err := s.settleTime(&c, named.time, sized); err != nil {
		return Config{}, err
	}
	if c.Data.Normalization == NormalizationImageNet {
		c.Augment.Mean, c.Augment.Std = layout.ImageNetMean, layout.ImageNetStd
	}
	return c, c.Validate()
}

// start is the configuration before the layers.
func (s Sources) start(named named, facts Facts) (Config, error) {
	preset := cmp.Or(s.Preset, named.preset)
	if s.Base != nil {
		if cmp.Or(preset, s.Base.Preset) != s.Base.Preset {
			return Config{}, invalid("preset", "is %q, but the run began with %q: use the same, or another run folder",
				preset, s.Base.Preset)
		}
		return *s.Base, nil
	}
	preset = cmp.Or(preset, Auto)
	c, err := Preset(preset, facts)
	c.Preset = preset
	return c, err
}

// YAML returns the configuration as it is saved with a run.
func (c Config) YAML() ([]byte, error) {
	return yaml.MarshalWithOptions(c,
		yaml.CustomMarshaler[string](func(s string) ([]byte, error) { return []byte(quote(s)), nil }))
}

// word is a text that needs no quotes, unless it is one of YAML's own.
var word = regexp.MustCompile(`^[a-zA-Z/][a-zA-Z0-9_./-]*$`)

// quote writes a text so that it reads back as the same; a folder's name may hold anything. Go's
// quoted form is also YAML's.
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
		l, err := parseSetting(s.Setting(), setting)
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

// named is what has to be known before a configuration is composed; the last layer that names a
// thing counts.
type named struct {
	Early
	preset, encoder string
	epochs          int
	time            Time // that is asked for, and not overruled by epochs
}

// Early are the options that are needed before the rest, because the auto preset is sized to the
// images and the machine, and weights to start from bring their network.
type Early struct{ DataDir, Backend, Init string }

func namedIn(layers []layer) (named, error) {
	var c Config
	var asked Time
	for _, l := range layers {
		lines, err := l.into(&c)
		if err != nil {
			return named{}, err
		}
		if _, ok := lines["train.epochs"]; ok {
			asked = 0
		} else if _, ok := lines["train.time"]; ok {
			asked = c.Train.Time
		}
	}
	return named{Early{c.Data.Dir, c.Backend, c.Init}, c.Preset, c.Model.Encoder, c.Train.Epochs, asked}, nil
}

// chooseEncoder gives model.vit the values of a named encoder, before the layers' own model.vit
// options are laid over them.
func (c *Config) chooseEncoder(name string) error {
	if name == "" || name == distill.EncoderCustom {
		return nil
	}
	if err := checkEncoder(name); err != nil {
		return err
	}
	network, err := vit.Variant(name)
	if err != nil {
		return err
	}
	network.DropPath, network.PosEmbed = c.Model.ViT.DropPath, c.Model.ViT.PosEmbed
	network.Recompute = c.Model.ViT.Recompute
	c.Model.ViT = network
	if c.Preset == Auto {
		c.autoWidth(network.EmbedDim)
		c.autoPatches(network.PatchSize)
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
