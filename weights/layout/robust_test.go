package layout_test

import (
	"encoding/binary"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/dino-go/dino/nets/vit"
	"github.com/dino-go/dino/weights"
	"github.com/dino-go/dino/weights/layout"
)

// TestNoSourceCausesPanic changes good sources of every layout at random: tensors go, move, change
// shape and type. Whatever remains is opened or is an error.
func TestNoSourceCausesPanic(t *testing.T) {
	c := small()
	c.Depth = 1
	registered := dinov2()
	registered.Depth, registered.RegTokens = 1, 2
	shapes := registered.Shapes()
	shapes["pos_embed"] = []int{1, 10, 64}
	sources := map[string]map[string]weights.Tensor{
		"timm":   backbone(c, 1),
		"dinov2": renamed(tensorsOf(shapes, 1), "reg_token", "register_tokens"),
		"hf":     inTransformers(t, backbone(c, 1), false),
		"dino":   ours(c, heads["seed"], 1, 1),
		"official": merged(under("teacher/backbone.", backbone(c, 1)),
			under("student/module.backbone.", backbone(c, 2)),
			under("teacher/head.", tensorsOf(heads["batch norm"].Shapes(64), 3)), one("dino_loss/center", 1, 16)),
	}
	path := filepath.Join(t.TempDir(), "w.pth")
	rapid.Check(t, func(r *rapid.T) {
		tensors := maps.Clone(sources[rapid.SampledFrom(slices.Sorted(maps.Keys(sources))).Draw(r, "source")])
		names := slices.Sorted(maps.Keys(tensors))
		for range rapid.IntRange(1, 3).Draw(r, "changes") {
			name := rapid.SampledFrom(names).Draw(r, "name")
			switch rapid.IntRange(0, 3).Draw(r, "change") {
			case 0:
				delete(tensors, name)
			case 1:
				if moved, ok := tensors[name]; ok {
					tensors[rapid.SampledFrom(names).Draw(r, "to")] = moved
				}
			case 2:
				shape := rapid.SliceOfN(rapid.IntRange(0, 70), 0, 3).Draw(r, "shape")
				maps.Copy(tensors, one(name, shape...))
			case 3:
				tensors[name] = weights.FromInt64s(nil, []int64{1})
			}
		}
		if err := weights.WritePTH(path, tensors, nil); err != nil {
			r.Fatal(err)
		}
		if m, err := layout.Open(path, layout.Options{}); err == nil {
			if err := m.Close(); err != nil {
				r.Fatal(err)
			}
		}
	})
}

// TestDescribeReadsNamesAlone describes a file of 60 GB that has no data on disk: reading it would
// take minutes and fill the memory.
func TestDescribeReadsNamesAlone(t *testing.T) {
	c := vit.Custom(2, 1, 1<<16, 1, 1<<10)
	c.MLPRatio = 1. / 64
	d, err := layout.Describe(sparse(t, c.Shapes()), layout.Options{})
	if err != nil || d.Network != c {
		t.Errorf("network %+v, %v, want %+v", d.Network, err, c)
	}
}

// sparse writes a safetensors file that has a header and no data on disk.
func sparse(t *testing.T, shapes map[string][]int) string {
	t.Helper()
	header, end := map[string]any{}, 0
	for _, name := range slices.Sorted(maps.Keys(shapes)) {
		size := 4
		for _, d := range shapes[name] {
			size *= d
		}
		header[name] = map[string]any{"dtype": "F32", "shape": shapes[name], "data_offsets": []int{end, end + size}}
		end += size
	}
	text, err := json.Marshal(header)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "w.safetensors")
	if err := os.WriteFile(path, append(binary.LittleEndian.AppendUint64(nil, uint64(len(text))), text...),
		0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, int64(8+len(text)+end)); err != nil {
		t.Skipf("the file system has no sparse files of %d bytes: %v", end, err)
	}
	return path
}
