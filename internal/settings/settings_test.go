package settings

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOf(t *testing.T) {
	got, err := Of([]byte("seed: 3\nmodel: {vit: {depth: 2, drop_path: 0.5}, encoder: tiny, none: {}}\nmean: [1, a]\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []Setting{
		{"seed", uint64(3)},
		{"model.vit.depth", uint64(2)},
		{"model.vit.drop_path", 0.5},
		{"model.encoder", "tiny"},
		{"model.none", got[4].Value},
		{"mean", []any{uint64(1), "a"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got, err := Of(nil); err != nil || len(got) != 0 {
		t.Errorf("no text: got %v, %v", got, err)
	}
	const secret = "zqxj"
	for _, text := range []string{"- " + secret, "a: [" + secret, secret} {
		if _, err := Of([]byte(text)); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%q: got %v, want an error that quotes nothing", text, err)
		}
	}
}
