package variables

import (
	"bytes"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes/bfloat16"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/dino-go/dino/internal/testkit/graphtest"
	"github.com/dino-go/dino/weights"
)

// storeOf makes variables of values; the paths are keys.
func storeOf(t *testing.T, values map[string]any) *model.Store {
	t.Helper()
	store := model.NewStore()
	for path, value := range values {
		if _, err := store.CreateVariable(path, tensors.MustFromAnyValue(value)); err != nil {
			t.Fatal(err)
		}
	}
	return store
}

// everyType has a variable of each type that a file can hold, with values that a detour through
// float32 would change.
var everyType = map[string]any{
	"/net/student/blocks/0/attn/qkv/weight": [][]float32{
		{1, float32(math.Inf(1)), -0},
		{math.Pi, math.SmallestNonzeroFloat32, -3},
	},
	"/net/student/num_batches_tracked": int64(1<<53 + 1),
	"/net/student/half":                []bfloat16.BFloat16{bfloat16.FromFloat32(1.5), bfloat16.FromFloat32(-256)},
	"/net/student/double":              []float64{math.Pi, math.MaxFloat64},
	"/net/student/int":                 []int32{math.MinInt32, 7},
	"/net/student/flag":                true,
	"/net/studentship":                 float32(1), // beside the scope, not below it
	"/other":                           float32(2),
}

func TestExportImportKeepsEveryBit(t *testing.T) {
	store := storeOf(t, everyType)
	exported, err := Export(store, "/")
	if err != nil {
		t.Fatal(err)
	}
	types := map[string]string{}
	for name, tensor := range exported {
		types[name] = fmt.Sprint(tensor.DType, tensor.Shape)
	}
	want := map[string]string{
		"net.student.blocks.0.attn.qkv.weight": "F32[2 3]", "net.student.num_batches_tracked": "I64[]",
		"net.student.half":   "BF16[2]",
		"net.student.double": "F64[2]", "net.student.int": "I32[2]", "net.student.flag": "BOOL[]",
		"net.studentship": "F32[]", "other": "F32[]",
	}
	if diff := cmp.Diff(want, types); diff != "" {
		t.Error(diff)
	}
	created := model.NewStore()
	if err := Create(created, "/", exported); err != nil {
		t.Fatal(err)
	}
	imported := storeOf(t, map[string]any{"/net/student/flag": false, "/net/student/num_batches_tracked": int64(0)})
	if err := Import(imported, "/net/student",
		map[string]weights.Tensor{
			"flag":                exported["net.student.flag"],
			"num_batches_tracked": exported["net.student.num_batches_tracked"],
		}); err != nil {
		t.Fatal(err)
	}
	for name, copied := range map[string]*model.Store{"created": created, "imported": imported} {
		again, err := Export(copied, "/")
		if err != nil {
			t.Fatal(err)
		}
		for key, tensor := range again {
			if !bytes.Equal(tensor.Data, exported[key].Data) {
				t.Errorf("%s: %s is %x, want %x", name, key, tensor.Data, exported[key].Data)
			}
		}
	}
}

// An export is a copy: what happens to the variable afterwards, even in place, does not change it.
func TestExportCopies(t *testing.T) {
	store := storeOf(t, map[string]any{"/w": []float32{1, 2}})
	exported, err := Export(store, "/")
	if err != nil {
		t.Fatal(err)
	}
	tensors.MustMutableFlatData(store.GetVariable("/w").MustValue(), func(flat []float32) { flat[0] = 5 })
	if got, err := exported["w"].Float32s(); err != nil || !slices.Equal(got, []float32{1, 2}) {
		t.Errorf("the export became %v (%v), want [1 2]", got, err)
	}
}

func TestImportIsTotal(t *testing.T) {
	one := func() map[string]weights.Tensor {
		return map[string]weights.Tensor{
			"a.weight": weights.FromFloat32s([]int{2}, []float32{8, 9}),
			"b":        weights.FromInt64s([]int{}, []int64{5}),
		}
	}
	for name, test := range map[string]struct {
		change func(map[string]weights.Tensor)
		want   string
	}{
		"missing": {
			func(m map[string]weights.Tensor) { delete(m, "a.weight") },
			"variables: 1 tensors do not fit the model below /net: missing a.weight [2]",
		},
		"extra": {
			func(m map[string]weights.Tensor) { m["c"] = m["b"] },
			"variables: 1 tensors do not fit the model below /net: unexpected c []",
		},
		"shape": {func(m map[string]weights.Tensor) {
			m["a.weight"] = weights.FromFloat32s([]int{1, 2}, []float32{8, 9})
		}, "a.weight is F32 [1 2], want F32 [2]"},
		"type": {
			func(m map[string]weights.Tensor) { m["b"] = weights.FromFloat32s([]int{}, []float32{5}) },
			"b is F32 [], want I64 []",
		},
		"renamed": {
			func(m map[string]weights.Tensor) { m["c"] = m["b"]; delete(m, "b") },
			"variables: 2 tensors do not fit the model below /net: missing b []; unexpected c []",
		},
		"cut short": {
			func(m map[string]weights.Tensor) {
				m["b"] = weights.Tensor{DType: weights.I64, Shape: []int{}, Data: []byte{1}}
			},
			"variables: importing b: a tensor (Int64) has 1 bytes, want 8",
		},
	} {
		store, from := storeOf(t, map[string]any{"/net/a/weight": []float32{1, 2}, "/net/b": int64(3)}), one()
		test.change(from)
		if err := Import(store, "/net", from); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
		a, b := graphtest.Floats(store.GetVariable("/net/a/weight").MustValue()),
			tensors.ToScalar[int64](store.GetVariable("/net/b").MustValue())
		if !slices.Equal(a, []float32{1, 2}) || b != 3 {
			t.Errorf("%s: the failed import changed the variables to %v and %d", name, a, b)
		}
	}
}

func TestImportListsTheFirstFewProblems(t *testing.T) {
	from := map[string]weights.Tensor{}
	for i := range 40 {
		from[fmt.Sprintf("w%02d", i)] = weights.FromFloat32s([]int{1}, []float32{1})
	}
	err := Import(model.NewStore(), "/", from)
	if err == nil || !strings.Contains(err.Error(), "40 tensors") ||
		!strings.HasSuffix(err.Error(), "unexpected w03 [1]; unexpected w04 [1]") {
		t.Errorf("got %v, want a count of 40 and the first five names", err)
	}
}

func TestCreateRejects(t *testing.T) {
	f32 := weights.FromFloat32s([]int{1}, []float32{1})
	for want, from := range map[string]map[string]weights.Tensor{
		"variables: tensor image has type U8, which a variable cannot hold": {"image": weights.FromBytes([]int{1},
			[]byte{1})},
		"variables: creating /w: it exists already; import into it instead": {"w": f32},
		"variables: creating /short: a tensor (Float32)[2] has 4 bytes, want 8": {"short": {
			DType: weights.F32,
			Shape: []int{2}, Data: f32.Data,
		}},
	} {
		store := storeOf(t, map[string]any{"/w": []float32{9}})
		if err := Create(store, "/", from); err == nil || err.Error() != want {
			t.Errorf("got %v, want %q", err, want)
		}
		if store.NumVariables() != 1 {
			t.Errorf("%s: a variable was made all the same", want)
		}
	}
}

// What Create makes is what Import accepts, whatever the names and shapes.
func TestCreateThenImport(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z]{1,3}\.[0-9]\.(weight|bias)`), 0, 6,
			rapid.ID[string]).Draw(t, "names")
		from := map[string]weights.Tensor{}
		for i, name := range names {
			shape, size := rapid.SliceOfN(rapid.IntRange(1, 3), 0, 3).Draw(t, "shape"), 1
			for _, d := range shape {
				size *= d
			}
			from[name] = weights.FromFloat32s(shape, graphtest.Normal(uint64(i), size))
		}
		store := model.NewStore()
		if err := Create(store, "/net", from); err != nil {
			t.Fatal(err)
		}
		if err := Import(store, "/net", from); err != nil {
			t.Fatal(err)
		}
		got, err := Export(store, "/net")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(slices.Sorted(maps.Keys(from)), slices.Sorted(maps.Keys(got))); diff != "" &&
			len(from) > 0 {
			t.Error(diff)
		}
		for name, tensor := range from {
			if !bytes.Equal(got[name].Data, tensor.Data) {
				t.Errorf("%s differs", name)
			}
		}
	})
}

func TestCheckFinite(t *testing.T) {
	store := storeOf(t, map[string]any{
		"/a/b": []float32{1, 2}, "/a/c": [][]float32{{1, 2}, {float32(math.NaN()), 3}}, "/d": float32(math.Inf(-1)),
		"/e": int64(1),
	})
	if err := CheckFinite(store, "/"); err == nil || !strings.Contains(err.Error(), "element 2 of a.c is non-finite") {
		t.Errorf("got error %v", err)
	}
	if err := CheckFinite(storeOf(t, map[string]any{"/a": []float32{math.MaxFloat32}}), "/"); err != nil {
		t.Error(err)
	}
}
