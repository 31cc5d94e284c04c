package config

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/dino-go/dino"
	"github.com/dino-go/dino/vit"
)

// Sources are where a configuration comes from, weakest first.
type Sources struct {
	Base   *Config  // of a run that goes on: what its preset resolved to; nil for a new run
	Preset string   // empty: the file's or the settings' preset, or else that of Base, or else auto
	File   string   // path of a YAML file; empty for none
	Set    []string // settings "a.b=c"
}

// layer is one overlay: YAML text and where it came from, for errors.
type layer struct {
	origin string
	text   []byte
}

// Load composes preset, file and settings, and validates the result.
func Load(s Sources, facts Facts) (Config, error) {
	layers, err := s.layers()
	if err != nil {
		return Config{}, err
	}
	c, err := s.start(layers, facts)
	if err != nil {
		return Config{}, err
	}
	preset := c.Preset
	if err := chooseEncoder(&c, layers); err != nil {
		return Config{}, err
	}
	for _, l := range layers {
		if err := decode(l, &c); err != nil {
			return Config{}, err
		}
	}
	c.Preset = preset
	return c, c.Validate()
}

// start is the configuration before the layers.
func (s Sources) start(layers []layer, facts Facts) (Config, error) {
	preset, err := s.preset(layers)
	if err != nil {
		return Config{}, err
	}
	if s.Base != nil {
		if preset != "" && preset != s.Base.Preset {
			return Config{}, fmt.Errorf("config: preset is %q, but the run began with %q: use the same, or another run folder", preset, s.Base.Preset)
		}
		return *s.Base, nil
	}
	if preset == "" {
		preset = Auto
	}
	c, err := Preset(preset, facts)
	c.Preset = preset
	return c, err
}

// Read decodes a complete configuration, as a run folder holds it.
func Read(path string) (Config, error) {
	var c Config
	text, err := os.ReadFile(path)
	if err != nil {
		return c, fmt.Errorf("config: %w", err)
	}
	if err := decode(layer{path, text}, &c); err != nil {
		return c, err
	}
	return c, c.Validate()
}

// YAML returns the configuration as it is saved with a run.
func (c Config) YAML() ([]byte, error) { return yaml.Marshal(c) }

func (s Sources) layers() ([]layer, error) {
	var layers []layer
	if s.File != "" {
		text, err := os.ReadFile(s.File)
		if err != nil {
			return nil, fmt.Errorf("config: %w", err)
		}
		layers = append(layers, layer{s.File, text})
	}
	for _, setting := range s.Set {
		l, err := parseSetting(setting)
		if err != nil {
			return nil, err
		}
		layers = append(layers, l)
	}
	return layers, nil
}

// parseSetting turns "a.b=c" into the YAML document a: {b: c}.
func parseSetting(setting string) (layer, error) {
	path, value, ok := strings.Cut(setting, "=")
	keys := strings.Split(path, ".")
	if !ok || slices.Contains(keys, "") {
		return layer{}, fmt.Errorf("config: --set %q: must have the form section.option=value, for example --set train.epochs=50", setting)
	}
	var text strings.Builder
	for i, key := range keys {
		fmt.Fprintf(&text, "%s%s:", strings.Repeat("  ", i), key)
		if i < len(keys)-1 {
			text.WriteByte('\n')
		}
	}
	fmt.Fprintf(&text, " %s\n", value)
	return layer{"--set " + setting, []byte(text.String())}, nil
}

// decode lays l over c. Unknown keys and wrong types are errors that show the line.
func decode(l layer, c *Config) error {
	if len(bytes.TrimSpace(l.text)) == 0 {
		return nil
	}
	if err := yaml.UnmarshalWithOptions(l.text, c, yaml.Strict()); err != nil {
		return fmt.Errorf("config: %s: %s", l.origin, yaml.FormatError(err, false, true))
	}
	return nil
}

// preset finds the preset that is asked for: the flag, or the last layer that names one; empty where none is.
func (s Sources) preset(layers []layer) (string, error) {
	if s.Preset != "" {
		return s.Preset, nil
	}
	preset := ""
	for _, l := range layers {
		var named struct {
			Preset *string `yaml:"preset"`
		}
		if err := yaml.Unmarshal(l.text, &named); err != nil {
			return "", fmt.Errorf("config: %s: %s", l.origin, yaml.FormatError(err, false, true))
		}
		if named.Preset != nil {
			preset = *named.Preset
		}
	}
	return preset, nil
}

// chooseEncoder gives model.vit the values of the encoder that a layer names, before the layers' own model.vit options are laid over
// them.
func chooseEncoder(c *Config, layers []layer) error {
	for _, l := range layers {
		var named struct {
			Model struct {
				Encoder *string `yaml:"encoder"`
			} `yaml:"model"`
		}
		if err := yaml.Unmarshal(l.text, &named); err != nil {
			return fmt.Errorf("config: %s: %s", l.origin, yaml.FormatError(err, false, true))
		}
		name := named.Model.Encoder
		if name == nil || *name == dino.EncoderCustom {
			continue
		}
		network, err := vit.Variant(*name)
		if err != nil {
			return fmt.Errorf("config: %s: model.encoder: %w", l.origin, err)
		}
		network.DropPath, network.PosEmbed, network.Recompute = c.Model.ViT.DropPath, c.Model.ViT.PosEmbed, c.Model.ViT.Recompute
		c.Model.ViT = network
	}
	return nil
}

// Early are the options that are needed before the rest, because the auto preset is sized to the images and the machine.
type Early struct{ DataDir, Backend string }

// LoadEarly returns the options of [Early] that the sources name; empty where none does.
func LoadEarly(s Sources) (Early, error) {
	layers, err := s.layers()
	if err != nil {
		return Early{}, err
	}
	var e Early
	if s.Base != nil {
		e = Early{s.Base.Data.Dir, s.Base.Backend}
	}
	for _, l := range layers {
		var named struct {
			Data struct {
				Dir *string `yaml:"dir"`
			} `yaml:"data"`
			Backend *string `yaml:"backend"`
		}
		if err := yaml.Unmarshal(l.text, &named); err != nil {
			return Early{}, fmt.Errorf("config: %s: %s", l.origin, yaml.FormatError(err, false, true))
		}
		if named.Data.Dir != nil {
			e.DataDir = *named.Data.Dir
		}
		if named.Backend != nil {
			e.Backend = *named.Backend
		}
	}
	return e, nil
}
