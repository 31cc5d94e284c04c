package config

import (
	"fmt"
	"strings"
	"testing"
)

// Every reason is about an option that there is, with the value that the preset gave it.
func TestReasons(t *testing.T) {
	for _, f := range []Facts{
		{Images: 50, ShortSide: 20, Cores: 2},
		{Images: 5000, ShortSide: 64, Cores: 2},
		{Images: 5000, ShortSide: 64, Cores: 2, Time: minutes(20)},
		{Images: 300_000, ShortSide: 1200, Cores: 16, GPU: true},
	} {
		c, err := Preset(Auto, f)
		if err != nil {
			t.Fatal(err)
		}
		text, err := c.YAML()
		if err != nil {
			t.Fatal(err)
		}
		options := strings.Join(Options(), "\n") + "\n"
		for _, r := range Reasons(c, f) {
			if r.Option != "model.vit" && !strings.Contains(options, r.Option+"\n") {
				t.Errorf("there is no option %s", r.Option)
			}
			leaf := r.Option[strings.LastIndex(r.Option, ".")+1:]
			if want := fmt.Sprintf("%s: %v", leaf, r.Value); r.Option != "model.vit" &&
				!strings.Contains(string(text), want) {
				t.Errorf("%s: the configuration has no %q", r.Option, want)
			}
			if r.Why == "" {
				t.Errorf("%s has no reason", r.Option)
			}
		}
	}
}

// What was set otherwise is not explained as the preset's choice.
func TestReasonsOfOthers(t *testing.T) {
	f := Facts{Images: 5000, ShortSide: 64, Cores: 2}
	c, err := Preset(Auto, f)
	if err != nil {
		t.Fatal(err)
	}
	c.Train.BatchSize, c.Model.ViT.EmbedDim = 17, 12
	for _, r := range Reasons(c, f) {
		set := strings.HasPrefix(r.Why, "as set; the preset would take ")
		if want := r.Option == "train.batch_size" || r.Option == "model.vit"; set != want {
			t.Errorf("%s %v: %s", r.Option, r.Value, r.Why)
		}
		if r.Option == "train.batch_size" && (r.Value != 17 || !strings.Contains(r.Why, "take 32: ")) {
			t.Errorf("got %+v", r)
		}
	}
}
