package vit_test

import (
	"strings"
	"testing"

	"github.com/dino-go/dino/internal/testkit/convnet"
	"github.com/dino-go/dino/nets"
	"github.com/dino-go/dino/nets/vit"
)

func TestOf(t *testing.T) {
	want := vit.Custom(16, 4, 12, 2, 3)
	if got, err := vit.Of(want); err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
	for text, c := range map[string]nets.Config{
		"the network is of kind convnet: must be of kind vit": convnet.Config{},
		"there is no network": nil,
	} {
		if _, err := vit.Of(c); err == nil || !strings.HasPrefix(err.Error(), text) {
			t.Errorf("got %v, want %q", err, text)
		}
	}
}

// An invalid configuration makes no network, not even one that is a nil pointer.
func TestNewOfInvalid(t *testing.T) {
	if n, err := (vit.Config{}).New(); n != nil || err == nil {
		t.Errorf("got %v, %v", n, err)
	}
}
