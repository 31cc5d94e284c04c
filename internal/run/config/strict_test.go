package config

import (
	"strings"
	"testing"

	"github.com/dino-go/dino/internal/testkit"
)

// What a configuration file says is taken as it is written, or refused with its line.
func TestRefusedFiles(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{
			"unknown section", "trian: {epochs: 3}\n",
			[]string{"there is no option trian; did you mean train?", "> ", "1 | trian"},
		},
		{
			"unknown option", "seed: 1\ntrain:\n  epochs: 3\n  batchsize: 8\n",
			[]string{
				"[4:3] there is no option train.batchsize; did you mean train.batch_size?",
				"4 |   batchsize: 8",
			},
		},
		{"option twice", "seed: 1\nseed: 2\n", []string{"[2:1] seed is there twice: keep one", "2 | seed: 2"}},
		{
			"text for a number", "train:\n  epochs: many\n",
			[]string{"[2:11] train.epochs is many: must be a whole number", "2 |   epochs: many"},
		},
		{
			"number in quotes", "train:\n  epochs: \"3\"\n",
			[]string{`train.epochs is "3": must be written without quotes`},
		},
		{
			"fraction for a whole number", "train:\n  epochs: 3.5\n",
			[]string{"[2:11] train.epochs is 3.5: must be a whole number", "2 |   epochs: 3.5"},
		},
		{
			"text for a fraction", "augment: {flip: often}\n",
			[]string{"augment.flip is often: must be a decimal number"},
		},
		{"not a number", "augment: {flip: .nan}\n", []string{"augment.flip is .nan: must be a decimal number"}},
		{
			"infinite", "train: {schedule: {lr: {base: .inf}}}\n",
			[]string{"train.schedule.lr.base is .inf: must be a decimal number"},
		},
		{
			"negative for an unsigned number", "seed: -1\n",
			[]string{"seed is -1: must be a whole number from 0 to 18446744073709551615"},
		},
		{
			"too large", "seed: 99999999999999999999\n",
			[]string{"seed is 99999999999999999999: must be a whole number from 0 to 18446744073709551615"},
		},
		{"bool for a number", "augment: {flip: true}\n", []string{"augment.flip is true: must be a decimal number"}},
		{"text for a bool", "model: {ema_buffers: yes}\n", []string{"model.ema_buffers is yes: must be true or false"}},
		{"number for a text", "data:\n  dir: 007\n", []string{"[2:8] data.dir is 007: must be text: put it in quotes"}},
		{"bool for a text", "preset: true\n", []string{"preset is true: must be text: put it in quotes"}},
		{"list for a text", "preset: [seed]\n", []string{"preset is [seed]: must be text: put it in quotes"}},
		{"number for a section", "train: 5\n", []string{"train is 5: must hold options"}},
		{"list for the whole", "- a\n", []string{"the configuration is - a: must hold options"}},
		{
			"missing value", "train:\n  epochs:\n",
			[]string{"[2:11] train.epochs has no value: write one, or leave it out", "2 |   epochs:"},
		},
		{
			"number in quotes for a fraction", "augment: {flip: '0.5'}\n",
			[]string{"augment.flip is '0.5': must be written without quotes"},
		},
		{
			"infinite in words", "augment: {flip: infinity}\n",
			[]string{"augment.flip is infinity: must be a decimal number"},
		},
		{"list for a number", "seed: [1]\n", []string{"seed is [1]: must be a whole number"}},
		{"section for a number", "seed: {a: 1}\n", []string{"seed is {a: 1}: must be a whole number"}},
		{"missing section", "train:\n", []string{"train has no value"}},
		{"null", "seed: ~\n", []string{"seed has no value"}},
		{"null in a list", "augment: {mean: [0.5, null, 0.5]}\n", []string{"augment.mean[1] has no value"}},
		{
			"short list", "augment: {global_crops: {scale: [0.4]}}\n",
			[]string{"augment.global_crops.scale is a list of 1 values: must have 2"},
		},
		{"long list", "augment: {mean: [1, 2, 3, 4]}\n", []string{"augment.mean is a list of 4 values: must have 3"}},
		{"number for a list", "augment: {mean: 0.5}\n", []string{"augment.mean is 0.5: must be a list"}},
		{
			"whole number for a list", "model: {vit: {image_size: 32}}\n",
			[]string{"model.vit.image_size is 32: must be a list, as [224, 224]"},
		},
		{"text in a list", "augment: {mean: [a, 0, 0]}\n", []string{"augment.mean[0] is a: must be a decimal number"}},
		{
			"fraction in a list of whole numbers", "model: {vit: {image_size: [16.5, 16]}}\n",
			[]string{"model.vit.image_size[0] is 16.5: must be a whole number"},
		},
		{
			"length without unit", "train: {schedule: {lr: {warmup: 10}}}\n",
			[]string{"train.schedule.lr.warmup is 10: must be a length", "10 epochs", "1 | train:"},
		},
		{
			"length of an unknown unit", "train: {schedule: {lr: {warmup: 10 hours}}}\n",
			[]string{"train.schedule.lr.warmup is 10 hours: must be a length"},
		},
		{"two documents", "seed: 1\n---\nseed: 2\n", []string{"has 2 documents", "remove the lines of ---"}},
		{"anchor", "seed: &s 1\n", []string{"seed: anchors, aliases and tags are not supported"}},
		{"tag", "seed: !!int 1\n", []string{"seed: anchors, aliases and tags are not supported"}},
		{"merge key", "train:\n  <<: {epochs: 3}\n", []string{"train: merge keys are not supported"}},
		{"option twice in a section", "train: {epochs: 1, epochs: 2}\n", []string{"train.epochs is there twice"}},
		{
			"octal", "train: {epochs: 010}\n",
			[]string{"train.epochs is 010: must be a whole number in plain decimal digits"},
		},
		{
			"hexadecimal", "train: {epochs: 0x10}\n",
			[]string{"train.epochs is 0x10: must be a whole number in plain decimal digits"},
		},
		{
			"underscores", "data: {max_pixels: 1_000_000}\n",
			[]string{"data.max_pixels is 1_000_000: must be a whole number in plain decimal digits"},
		},
		{
			"exponent for a whole number", "data: {max_pixels: 1e6}\n",
			[]string{"data.max_pixels is 1e6: must be a whole number in plain decimal digits"},
		},
		{"seconds", "train: {epochs: 1:30}\n", []string{"train.epochs is 1:30: must be"}},
		{"date", "train: {epochs: 2024-01-01}\n", []string{"train.epochs is 2024-01-01: must be"}},
		{
			"overflow of a fraction", "augment: {flip: 1e400}\n",
			[]string{"augment.flip is 1e400: must be 0, or between 1.2e-38 and 3.4e+38"},
		},
		{
			"underflow of a fraction", "augment: {flip: 1e-400}\n",
			[]string{"augment.flip is 1e-400: must be 0, or between"},
		},
		{"negative zero", "augment: {flip: -0.0}\n", []string{"augment.flip is -0.0: must be written 0"}},
		{"True", "model: {ema_buffers: True}\n", []string{"model.ema_buffers is True: must be true or false"}},
		{"alias", "seed: &a 1\ntrain: {epochs: *a}\n", []string{"seed: anchors, aliases"}},
		{"key that is no word", "\"a\\u001bb\": 1\n", []string{`there is no option "a\x1bb"`}},
		{"line that steers", "\"tr\x1b]0;t\a\u202eain\": 1\n", []string{`1 | "tr\u001b]0;t\u0007\u202eain": 1`}},
		{"too deep", strings.Repeat("[", 400_000), []string{"line 1: values are nested more than 32 deep"}},
		{"too large", strings.Repeat("# a comment\n", 100_000), []string{"has more than 1048576 bytes"}},
		{"empty word", "model: {head: ''}\n", []string{`model.head is "": must not be empty`}},
		{"no YAML", "train: [1\n", []string{"1 | train: [1"}},
		{"tabs", "train:\n\tepochs: 3\n", []string{"2 | "}},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := write(t, c.text)
			_, err := Load(Sources{File: path}, small)
			testkit.RequireError(t, err, append(c.want, "config: "+path+": ")...)
		})
	}
}

// Every form of a value that means the same is taken.
func TestAcceptedForms(t *testing.T) {
	for _, set := range []string{
		"train.epochs=50", "train.epochs= 50", "train.epochs=50 # a comment",
	} {
		if c := mustLoad(t, Sources{Set: []string{set}}); c.Train.Epochs != 50 {
			t.Errorf("%s gives %d epochs", set, c.Train.Epochs)
		}
	}
	for set, want := range map[string]string{
		"data.dir=a b/c": "a b/c", "data.dir='it''s'": "it's", `data.dir="a\tb"`: "a\tb", "data.dir=/x#1": "/x#1",
		"data.dir=a=b": "a=b", `data.dir="007"`: "007",
	} {
		if got, err := LoadEarly(Sources{Set: []string{set}}); got.DataDir != want || err != nil {
			t.Errorf("%s gives %q, %v, want %q", set, got.DataDir, err, want)
		}
	}
	for _, text := range []string{
		"\ufefftrain: {epochs: 50}\n", "train:\r\n  epochs: 50\r\n",
		`{"train": {"epochs": 50}}`,
	} {
		if c := mustLoad(t, Sources{File: write(t, text)}); c.Train.Epochs != 50 {
			t.Errorf("%q gives %d epochs", text, c.Train.Epochs)
		}
	}
	for set, want := range map[string]string{
		"0": "0", "1%": "1%", "10 epochs": "10 epochs", "'10 epochs'": "10 epochs",
		"1250 steps": "1250 steps",
	} {
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
		"train.epochs=":    "train.epochs has no value",
		"train=":           "train has no value",
		"train.nope=3":     "there is no option train.nope; did you mean ",
		"nope=3":           "there is no option nope; did you mean ",
		"seed=18446744073709551616": "seed is 18446744073709551616: must be a whole number from 0 to " +
			"18446744073709551615",
		"train.epochs=2147483648": "train.epochs is 2147483648: must be a whole number from -2147483648 " +
			"to 2147483647",
		"train.epochs=3\nseed: 5":        "the value of train.epochs has several lines",
		strings.Repeat("a.", 40) + "a=1": "there is no option so deep",
		"data.dir=a: b":                  "mapping value is not allowed in this context",
		"data.dir=[a":                    "sequence end token",
		"train.epochs=\u202e5":           `--set train.epochs=\u202e5: train.epochs is \u202e5: must be`,
	} {
		_, err := Load(Sources{Set: []string{set}}, small)
		testkit.RequireError(t, err, "config: --set ", want)
		if strings.Contains(err.Error(), " | ") {
			t.Errorf("%s: shows lines that nobody wrote:\n%v", set, err)
		}
	}
}
