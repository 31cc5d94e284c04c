package config

import (
	"testing"
)

// What a configuration file says is taken as it is written, or refused with its line.
func TestRefusedFiles(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"unknown section", "trian: {epochs: 3}\n", []string{`unknown field "trian"`, "> ", "1 | trian"}},
		{"unknown option", "seed: 1\ntrain:\n  epochs: 3\n  batchsize: 8\n", []string{`[4:3] unknown field "batchsize"`, "4 |   batchsize: 8"}},
		{"option twice", "seed: 1\nseed: 2\n", []string{`mapping key "seed" already defined`, "2 | seed: 2"}},
		{"text for a number", "train:\n  epochs: many\n", []string{`[2:11] many is no whole number`, "2 |   epochs: many"}},
		{"number in quotes", "train:\n  epochs: \"3\"\n", []string{`"3" is no whole number`}},
		{"fraction for a whole number", "train:\n  epochs: 3.5\n", []string{"[2:11] 3.5 is no whole number", "2 |   epochs: 3.5"}},
		{"text for a fraction", "augment: {flip: often}\n", []string{"often is no finite number"}},
		{"not a number", "augment: {flip: .nan}\n", []string{".nan is no finite number"}},
		{"infinite", "train: {schedule: {lr: {base: .inf}}}\n", []string{".inf is no finite number"}},
		{"negative for an unsigned number", "seed: -1\n", []string{"-1", "overflow"}},
		{"too large", "seed: 99999999999999999999\n", []string{"99999999999999999999"}},
		{"bool for a number", "augment: {flip: true}\n", []string{"true is no finite number"}},
		{"text for a bool", "model: {ema_buffers: yes}\n", []string{"cannot unmarshal string", "bool"}},
		{"number for a text", "data:\n  dir: 007\n", []string{"[2:8] 007 is no text: put it in quotes"}},
		{"bool for a text", "preset: true\n", []string{"true is no text: put it in quotes"}},
		{"list for a text", "preset: [seed]\n", []string{"[seed] is no text: put it in quotes"}},
		{"number for a section", "train: 5\n", []string{"int was used where mapping is expected"}},
		{"list for the whole", "- a\n", []string{"sequence was used where mapping is expected"}},
		{"missing value", "train:\n  epochs:\n", []string{"[2:11] the value is missing", "2 |   epochs:"}},
		{"number in quotes for a fraction", "augment: {flip: '0.5'}\n", []string{"'0.5' is no finite number"}},
		{"infinite in words", "augment: {flip: infinity}\n", []string{"infinity is no finite number"}},
		{"list for a number", "seed: [1]\n", []string{"[1] is no whole number"}},
		{"section for a number", "seed: {a: 1}\n", []string{"is no whole number"}},
		{"missing section", "train:\n", []string{"the value is missing"}},
		{"null", "seed: ~\n", []string{"the value is missing"}},
		{"null in a list", "augment: {mean: [0.5, null, 0.5]}\n", []string{"the value is missing"}},
		{"short list", "augment: {global_crops: {scale: [0.4]}}\n", []string{"a list of 1 values: must have 2"}},
		{"long list", "augment: {mean: [1, 2, 3, 4]}\n", []string{"a list of 4 values: must have 3"}},
		{"number for a list", "augment: {mean: 0.5}\n", []string{"float was used where sequence is expected"}},
		{"text in a list", "augment: {mean: [a, 0, 0]}\n", []string{"a is no finite number"}},
		{"fraction in a list of whole numbers", "model: {vit: {image_size: [16.5, 16]}}\n", []string{"16.5 is no whole number"}},
		{"length without unit", "train: {schedule: {lr: {warmup: 10}}}\n", []string{`"10" is not a length`, "10 epochs", "1 | train:"}},
		{"length of an unknown unit", "train: {schedule: {lr: {warmup: 10 hours}}}\n", []string{`"10 hours" is not a length`}},
		{"two documents", "seed: 1\n---\nseed: 2\n", []string{"has 2 documents", "remove the lines of ---"}},
		{"anchor", "seed: &s 1\n", []string{"anchors, aliases and tags are not supported"}},
		{"tag", "seed: !!int 1\n", []string{"anchors, aliases and tags are not supported"}},
		{"merge key", "train:\n  <<: {epochs: 3}\n", []string{"merge keys are not supported"}},
		{"no YAML", "train: [1\n", []string{"1 | train: [1"}},
		{"tabs", "train:\n\tepochs: 3\n", []string{"2 | "}},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := write(t, c.text)
			_, err := Load(Sources{File: path}, small)
			requireError(t, err, append(c.want, "config: "+path+": ")...)
		})
	}
}

// Every form of a value that means the same is taken.
func TestAcceptedForms(t *testing.T) {
	for _, set := range []string{
		"train.epochs=50", "train.epochs= 50", "train.epochs=5e1", "train.epochs=50.0", "train.epochs=50 # a comment",
	} {
		if c := mustLoad(t, Sources{Set: []string{set}}); c.Train.Epochs != 50 {
			t.Errorf("%s gives %d epochs", set, c.Train.Epochs)
		}
	}
	for set, want := range map[string]string{
		"data.dir=a b/c": "a b/c", "data.dir='it''s'": "it's", `data.dir="a\tb"`: "a\tb", "data.dir=/x#1": "/x#1", "data.dir=a=b": "a=b", `data.dir="007"`: "007",
	} {
		if got, err := LoadEarly(Sources{Set: []string{set}}); got.DataDir != want || err != nil {
			t.Errorf("%s gives %q, %v, want %q", set, got.DataDir, err, want)
		}
	}
	for set, want := range map[string]string{"0": "0", "1%": "1%", "10 epochs": "10 epochs", "'10 epochs'": "10 epochs", "1250 steps": "1250 steps"} {
		c, err := Load(Sources{Preset: Seed, Set: []string{"train.schedule.freeze_last_layer=" + set}}, small)
		if err != nil || c.Train.Schedule.FreezeLastLayer.String() != want {
			t.Errorf("%s gives %s, %v", set, c.Train.Schedule.FreezeLastLayer, err)
		}
	}
}

func TestRefusedSettings(t *testing.T) {
	form := "must have the form section.option=value, for example --set train.epochs=50"
	for set, want := range map[string]string{
		"train.epochs":     form,
		"":                 form,
		"=3":               form,
		"train..epochs=3":  form,
		".train=3":         form,
		"train.=3":         form,
		"train epochs=3":   form,
		"train.epochs: =3": form,
		`"train".epochs=3`: form,
		"{a=b":             form,
		"Train.Epochs=3":   form,
		"train.epochs=":    "the value is missing",
		"train=":           "the value is missing",
		"train.nope=3":     `unknown field "nope"`,
		"nope=3":           `unknown field "nope"`,
		"data.dir=a: b":    "mapping value is not allowed in this context",
		"data.dir=[a":      "1 | data:",
	} {
		_, err := Load(Sources{Set: []string{set}}, small)
		requireError(t, err, "config: --set ", want)
	}
}
