package imagesize_test

import (
	"testing"

	"github.com/dino-go/dino/internal/cli/imagesize"
)

func TestSet(t *testing.T) {
	for text, want := range map[string]imagesize.Value{"224": {224, 224}, "336x224": {224, 336}, "1x2": {2, 1}} {
		var got imagesize.Value
		if err := got.Set(text); err != nil || got != want {
			t.Errorf("%q is %v (%v), want %v", text, got, err, want)
		}
		var again imagesize.Value
		if err := again.Set(got.String()); err != nil || again != want {
			t.Errorf("%q is written %q, which is %v (%v)", text, got.String(), again, err)
		}
	}
	for _, text := range []string{
		"", "x", "0", "24x0", "24by16", "24x16x8", "-8", "8x-8", "24 x 16", "70000", "1e2",
		"010", "0x10", "8x010", "+8",
	} {
		var got imagesize.Value
		if err := got.Set(text); err == nil {
			t.Errorf("%q is %v, want an error", text, got)
		}
	}
	if text := new(imagesize.Value).String(); text != "" {
		t.Errorf("no size is %q", text)
	}
}
