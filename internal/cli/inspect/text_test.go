package inspect

import (
	"strings"
	"testing"

	"github.com/dino-go/dino/internal/testkit/convnet"
	"github.com/dino-go/dino/nets"
	"github.com/dino-go/dino/nets/vit"
	"github.com/dino-go/dino/weights/layout"
)

// A transformer is described in its own terms, any other network by its kind and its options.
func TestTextOfNetworks(t *testing.T) {
	for want, network := range map[string]nets.Config{
		"vision transformer of width 12, 2 blocks, 3 heads, patches of 4, " +
			"images of 16×16 pixels\n": vit.Custom(16, 4, 12, 2, 3),
		"convnet of width 8, patches of 4: " +
			"map[channels:3 depth:2 dim:8 dropout:0]\n": convnet.Config{Channels: 3, Dim: 8, Depth: 2},
	} {
		r := &report{}
		if err := r.describe(layout.Description{Layout: layout.DINO, Network: network}); err != nil {
			t.Fatal(err)
		}
		if got := string(r.text()); !strings.Contains(got, "network        "+want) {
			t.Errorf("got %s\nwant %s", got, want)
		}
	}
}
