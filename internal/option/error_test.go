package option

import (
	"errors"
	"io/fs"
	"testing"
)

// Names move, the words around them stay: in every error of a join, and as often as the error is
// handed upwards.
func TestRename(t *testing.T) {
	err := errors.Join(
		Errorf("vit", "embed_dim", "is %d: must be a multiple of %s (%d)", 8, Name("num_heads"), 3),
		errors.New("unrelated"),
		Errorf("vit", "depth", "is %d: must be at least 1", 0),
	)
	want := "vit: embed_dim is 8: must be a multiple of num_heads (3)\nunrelated\nvit: depth is 0: must be at least 1"
	if err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	moved := Rename("config", Within("dino", "vit", err), func(n Name) Name { return "model." + n })
	want = "config: model.vit.embed_dim is 8: must be a multiple of model.vit.num_heads (3)\nunrelated\nconfig: " +
		"model.vit.depth is 0: must be at least 1"
	if moved.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", moved, want)
	}
	if Within("dino", "vit", nil) != nil {
		t.Error("no error became one")
	}
}

// What was wrapped stays reachable, and a remark stands behind the message.
func TestCauseAndRemark(t *testing.T) {
	err := Within("config", "data", Errorf("dataset", "dir", "is %q: %w", "photos", fs.ErrNotExist))
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v hides its cause", err)
	}
	noted := Each(err, func(e *Error) *Error { return e.Noted(" (100% by --data)") })
	if want := `config: data.dir is "photos": file does not exist (100% by --data)`; noted.Error() != want {
		t.Errorf("got %q, want %q", noted, want)
	}
}
