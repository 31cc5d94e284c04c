package weights_test

import (
	"encoding/binary"
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dino-go/dino/weights"
)

// withPickle is an archive with a storage of the numbers 1, 2, 3, 4 and a pickle.
func withPickle(pickle string) []byte {
	four := "\x00\x00\x80\x3f\x00\x00\x00\x40\x00\x00\x40\x40\x00\x00\x80\x40"
	return archive(entry{"x/data.pkl", pickle, false}, entry{"x/data/0", four, false})
}

// What other programs put beside tensors, or around them, does not keep the tensors from being
// read.
func TestPTHOfOthers(t *testing.T) {
	whole := view(storage("0", 4), 0, 2, 2, 2, 1)
	beside := func(value string) string { return "\x80\x02}(" + short("w") + whole + short("other") + value + "u." }
	wrapped := func(rows uint32) string {
		return "\x80\x02}" + short("w") + "ctorch._tensor\n_rebuild_from_type_v2\n(" +
			"ctorch._utils\n_rebuild_wrapper_subclass\nctorch.distributed.tensor\nDTensor\n(" +
			"ctorch.distributed.tensor\nDTensor\nN" + number(rows) + number(2) + "\x86t}" +
			short("_local_tensor") + whole + "stRs."
	}
	for name, c := range map[string]struct{ pickle, want, skipped string }{
		"protocol 5": {
			"\x80\x05}(" + short("w") + whole + short("b") + "\x96\x02\x00\x00\x00\x00\x00\x00\x00hiu.", "[1 2 3 4]",
			"map[]",
		},
		"a class": {beside("ctorch.optim.adamw\nAdamW\n"), "[1 2 3 4]", "map[other:torch.optim.adamw.AdamW]"},
		"an object with state": {
			beside("cmy.code\nThing\n)\x81}" + short("a") + "K\x01sb"), "[1 2 3 4]", "map[other:my.code.Thing]",
		},
		"an object with arguments by name": {
			beside("cmy.code\nThing\n)}\x92"), "[1 2 3 4]",
			"map[other:my.code.Thing]",
		},
		"a call": {
			beside("cos\nsystem\n" + short("id") + "\x85R"), "[1 2 3 4]",
			"map[other:os.system]",
		},
		"a list of another class": {
			beside("cmy.code\nItems\n)R(K\x01K\x02e"), "[1 2 3 4]", "map[other:my.code.Items]",
		},
		"a dict of another class": {
			beside("cmy.code\nTable\n)R" + short("k") + "K\x02s"), "[1 2 3 4]", "map[other:my.code.Table]",
		},
		"a call of a call":   {beside("cmy.code\nmake\n)R)R"), "[1 2 3 4]", "map[other:my.code.make]"},
		"an expanded tensor": {named("w", view(storage("0", 4), 1, 2, 2, 0, 0)), "[2 2 2 2]", "map[]"},
		"a DTensor":          {wrapped(2), "[1 2 3 4]", "map[]"},
		"half of a DTensor":  {wrapped(4), "lies on several processes: gather it first", ""},
		"a quantised storage": {
			beside("ctorch._utils\n_rebuild_qtensor\n(" + short("storage") + "ctorch\nQInt8Storage\n" + short("1") +
				short("cpu") + number(4) + "tQ\x85R"), "[1 2 3 4]", "map[other:torch._utils._rebuild_qtensor]",
		},
	} {
		f, err := weights.OpenPTH(writeFile(t, withPickle(c.pickle)))
		if err != nil {
			if c.skipped != "" || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v, want %s", name, err, c.want)
			}
			continue
		}
		defer f.Close()
		w, err := f.Tensor("w")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := fmt.Sprint(float32s(t, w)); got != c.want || fmt.Sprint(f.Skipped()) != c.skipped {
			t.Errorf("%s: %s, skipped %v, want %s and %s", name, got, f.Skipped(), c.want, c.skipped)
		}
	}
}

// A tensor whose type is not read is listed, and refused when it is asked for.
func TestTypesThatAreListedOnly(t *testing.T) {
	header := `{"extra":{"dtype":"F8_E4M3","shape":[2],"data_offsets":[4,6]},"w":{"dtype":"F32","shape":[1],` +
		`"data_offsets":[0,4]}}`
	data := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	path := filepath.Join(t.TempDir(), "w.safetensors")
	file := writeFile(t, append(append(data, header...), 0, 0, 128, 63, 1, 2))
	f, err := weights.OpenAny(file)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	defer f.Close()
	w, err := f.Tensor("w")
	if err != nil || float32s(t, w)[0] != 1 {
		t.Errorf("the other tensor is %v, %v", w, err)
	}
	if info, ok := f.Info("extra"); !ok || info.DType != "F8_E4M3" {
		t.Errorf("the tensor is listed as %+v", info)
	}
	if extra, err := f.Tensor("extra"); err == nil {
		if _, err := extra.Float32s(); err == nil || !strings.Contains(err.Error(), "F8_E4M3") {
			t.Errorf("its numbers are read: %v", err)
		}
	}
}

// The attributes of a state dict come back, and are not among its tensors.
func TestPTHAttributes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.pth")
	tensors := map[string]weights.Tensor{"a.weight": weights.FromFloat32s([]int{2}, []float32{1, 2})}
	settings := map[string]any{weights.PTHAttributes + "/dino/num_heads": int64(3)}
	if err := weights.WritePTH(path, tensors, settings); err != nil {
		t.Fatal(err)
	}
	f, err := weights.OpenPTH(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want := map[string]string{weights.PTHAttributes + "/dino/num_heads": "3"}
	if names := f.Names(); len(names) != 1 || !maps.Equal(f.Metadata(), want) {
		t.Errorf("tensors %v, metadata %v", names, f.Metadata())
	}
}
