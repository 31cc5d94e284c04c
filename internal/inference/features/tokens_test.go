package features

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/nets"
	"github.com/dino-go/dino/nets/vit"

	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/testkit/convnet"
	"github.com/dino-go/dino/internal/testkit/graphtest"
)

// drawnPictures are random pictures of the size that networks take.
func drawnPictures(n int) []*augment.Image {
	rng := rand.New(rand.NewPCG(3, 4))
	all := make([]*augment.Image, n)
	for i := range all {
		all[i] = augment.NewImage(crop, crop)
		for j := range all[i].Pix {
			all[i].Pix[j] = uint8(rng.Uint32())
		}
	}
	return all
}

// initialised is a model of a network with random weights.
func initialised(t *testing.T, c distill.Config) (*distill.Model, *model.Store, compute.Backend) {
	t.Helper()
	b := graphtest.Open(t)
	c.ProjectorHiddenDim, c.ProjectorBottleneckDim, c.NPrototypes = 8, 4, 8
	m, err := distill.New(c)
	if err != nil {
		t.Fatal(err)
	}
	store := model.NewStore()
	if err := m.Init(b, store, 3, [4]int{1, 3, crop, crop}); err != nil {
		t.Fatal(err)
	}
	return m, store, b
}

// The attention is the mean over heads of what the class token attends to, behind class token and
// registers, and the patches are those of the network: by loops over all that it returns.
func TestTokens(t *testing.T) {
	c := distill.DefaultConfig()
	c.ViT = vit.Custom(crop, 8, 12, 2, 3)
	c.ViT.InitStd, c.ViT.DropPath, c.ViT.RegTokens = 0.3, 0.5, 2
	m, store, b := initialised(t, c)
	tokens, err := NewTokens(b, store, m, m.Network(), preprocessing)
	if err != nil {
		t.Fatal(err)
	}
	defer tokens.Close()
	fixed := Refix([]int{4, 7}, drawnPictures(2), preprocessing)
	got, err := tokens.Of(fixed)
	if err != nil {
		t.Fatal(err)
	}
	exec, err := model.NewExec(b, store, func(scope *model.Scope, images *graph.Node) []*graph.Node {
		out := m.Backbones.Teacher.(nets.Network).ForwardAll(scope.At("backbone").At("teacher"), images,
			nets.Want{Attention: true})
		return []*graph.Node{out.Attention, out.Tokens}
	})
	if err != nil {
		t.Fatal(err)
	}
	outputs, err := exec.Call(tensors.FromFlatDataAndDimensions(fixed.Pixels, 2, 3, crop, crop))
	if err != nil {
		t.Fatal(err)
	}
	const heads, all, prefix, cells = 3, 7, 3, 4
	attention := tensors.MustCopyFlatData[float32](outputs[0])
	patches := tensors.MustCopyFlatData[float32](outputs[1])
	for i := range got {
		if got[i].Rows != 2 || got[i].Cols != 2 || got[i].Patches.Rows != cells || got[i].Patches.Cols != 12 {
			t.Fatalf("image %d: %d×%d patches, [%d, %d]", i, got[i].Rows, got[i].Cols, got[i].Patches.Rows,
				got[i].Patches.Cols)
		}
		want := make([]float32, cells)
		for h := range heads {
			for p := range cells {
				want[p] += attention[((i*heads+h)*all+0)*all+prefix+p] / heads
			}
		}
		testkit.AllClose(t, "attention", got[i].Attention, want, 1e-6)
		testkit.AllClose(t, "patches", got[i].Patches.Data, patches[(i*all+prefix)*12:(i+1)*all*12], 1e-6)
	}
	if slices.Equal(got[0].Attention, got[1].Attention) {
		t.Error("two images have the same attention: the test shows nothing")
	}
	if tokens.Unattended() != nil {
		t.Error(tokens.Unattended())
	}
}

// A network without a class token has patches and no attention, and says so; one that says nothing
// of itself is refused.
func TestTokensWithoutAttention(t *testing.T) {
	c, network := distill.DefaultConfig(), convnet.Config{Channels: 3, Dim: 6, Depth: 1}
	var err error
	if c.Backbone, err = network.New(); err != nil {
		t.Fatal(err)
	}
	m, store, b := initialised(t, c)
	tokens, err := NewTokens(b, store, m, network, preprocessing)
	if err != nil {
		t.Fatal(err)
	}
	defer tokens.Close()
	testkit.RequireError(t, tokens.Unattended(), "kind convnet, which has no attention")
	got, err := tokens.Of(Refix([]int{1, 2, 3}, drawnPictures(3), preprocessing))
	if err != nil || len(got) != 3 || got[2].Attention != nil || got[2].Patches.Rows != 16 || got[2].Patches.Cols != 6 {
		t.Errorf("got %+v, %v", got, err)
	}
	_, err = NewTokens(b, store, m, m.Network(), preprocessing)
	testkit.RequireError(t, err, "shows its features alone")
}

// Pictures become pixels and pictures again, and the same pixels as those of images that are
// loaded.
func TestPicturesOfFixed(t *testing.T) {
	pictures := drawnPictures(3)
	fixed := Refix([]int{5, 6, 9}, pictures, preprocessing)
	for i, got := range fixed.Pictures() {
		if !slices.Equal(got.Pix, pictures[i].Pix) {
			t.Errorf("picture %d is another", i)
		}
	}
	loaded, err := Fix(t.Context(), source(3), []int{7, 3, 0}, preprocessing)
	if err != nil {
		t.Fatal(err)
	}
	again := Refix(loaded.Images, loaded.Pictures(), preprocessing)
	testkit.AllClose(t, "pixels", again.Pixels, loaded.Pixels, 1e-6)
}

// The images that were decoded are told in the order of the rows.
func TestReadImages(t *testing.T) {
	s := source(3, 9)
	var read []int
	s.Kept = func(images []int) { read = append(read, images...) }
	rows := extract(t, teacher(t), s, 7, 0, 3, 9, 2, 4, 1)
	if !slices.Equal(read, []int{7, 0, 2, 4, 1}) || rows.Rows != 5 {
		t.Errorf("read %v of %d rows", read, rows.Rows)
	}
}
