package backend_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/bfloat16"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/cpu"
	"github.com/dino-go/dino/internal/backend"
	"github.com/dino-go/dino/internal/layer"
	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/nets/vit"
)

func open(t *testing.T, engine string) compute.Backend {
	t.Helper()
	b, err := backend.Open(engine)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// rounds is how often a test of random transformers draws one: long where DINO_LONG=1 asks for it.
func rounds(short, long int) int {
	if os.Getenv("DINO_LONG") == "1" {
		return long
	}
	return short
}

// gradients computes, on an engine, the features of a small transformer and the gradients of a
// weighted sum of them for all parameters.
func gradients(t *testing.T, b compute.Backend, c vit.Config, batch int,
	precision dtypes.DType,
) (names []string, values [][]float32) {
	t.Helper()
	d := newDifferentiation(t, b, c, batch, precision)
	return d.call(t)
}

// differentiation is the computation of a transformer's features and gradients, with its input.
type differentiation struct {
	exec   *model.Exec
	store  *model.Store
	images *tensors.Tensor
	names  []string // of the parameters, once it has run
}

func newDifferentiation(t *testing.T, b compute.Backend, c vit.Config, batch int,
	precision dtypes.DType,
) *differentiation {
	t.Helper()
	m, err := vit.New(c)
	if err != nil {
		t.Fatal(err)
	}
	d := &differentiation{store: model.NewStore()}
	d.exec, err = model.NewExec(b, d.store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
		x := in[0]
		if precision != dtypes.Float32 {
			x = graph.ConvertDType(x, precision)
		}
		y := graph.ConvertDType(m.Forward(scope.At("vit"), x), dtypes.Float32)
		var parameters []*graph.Node
		var byName map[string]*model.Variable
		d.names, byName = layer.Within(d.store, "/vit")
		for _, name := range d.names {
			parameters = append(parameters, byName[name].NodeValue(x.Graph()))
		}
		return append([]*graph.Node{y},
			graph.Gradient(graph.ReduceAllSum(graph.Mul(y,
				graph.Sin(graph.MulScalar(graph.IotaFull(y.Graph(), y.Shape()), 1.3)))), parameters...)...)
	})
	if err != nil {
		t.Fatal(err)
	}
	size := c.ImageSize[0]
	pixels := make([]float32, batch*3*size*size)
	for i := range pixels {
		pixels[i] = float32(math.Sin(float64(i) * 0.7))
	}
	d.images = tensors.FromFlatDataAndDimensions(pixels, batch, 3, size, size)
	return d
}

// call returns the features and the gradients, with their names.
func (d *differentiation) call(t *testing.T) (names []string, values [][]float32) {
	t.Helper()
	out, err := d.exec.Call(d.images)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range out {
		values = append(values, tensors.MustCopyFlatData[float32](o))
		o.MustFinalizeAll()
	}
	return append([]string{"features"}, d.names...), values
}

// change replaces each number of the images and of all parameters.
func (d *differentiation) change(t *testing.T, to func(float32) float32) {
	t.Helper()
	changed := func(x *tensors.Tensor) *tensors.Tensor {
		values := tensors.MustCopyFlatData[float32](x)
		for i, v := range values {
			values[i] = to(v)
		}
		return tensors.FromFlatDataAndDimensions(values, x.Shape().Dimensions...)
	}
	d.images = changed(d.images)
	_, byName := layer.Within(d.store, "/vit")
	for _, name := range d.names {
		v := byName[name]
		value, err := v.Value()
		if err != nil {
			t.Fatal(err)
		}
		if err := v.SetValue(changed(value)); err != nil {
			t.Fatal(err)
		}
	}
}

// randomTransformer draws a small transformer of any shape that is allowed: odd widths, heads of
// any size, any number of tokens.
func randomTransformer(random *rand.Rand) vit.Config {
	heads, patch := 1+random.IntN(4), 1+random.IntN(8)
	headWidth := []int{1, 3, 4, 5, 7, 8, 16, 17, 23, 32, 48}[random.IntN(11)]
	c := vit.Custom(patch*(1+random.IntN(9)), patch, heads*max(headWidth, (7+heads)/heads), 1+random.IntN(4), heads)
	c.MLPRatio = []float64{0.5, 1, 2.7, 4}[random.IntN(4)]
	c.InitStd = []float64{0.02, 0.5, 1}[random.IntN(3)]
	if c.InitStd > 0.02 {
		c.InitStd /= math.Sqrt(float64(c.EmbedDim))
	}
	c.QKVBias, c.SwiGLU, c.Recompute, c.RegTokens = random.IntN(4) > 0, random.IntN(4) == 0, random.IntN(4) == 0,
		random.IntN(3)
	if random.IntN(3) == 0 {
		c.LayerScale = 0.5
	}
	if random.IntN(3) == 0 {
		c.GlobalPool = vit.PoolAvg
		c.ClassToken = random.IntN(2) == 0
	}
	c.NoEmbedClass = random.IntN(3) == 0
	c.LayerNormEps = 1e-3 // rows of few numbers may be nearly equal: their norm must not be all slope
	return c
}

// roundings is how far the features and gradients of a transformer may lie from those in float64,
// relative to their norms, for reasons that every engine has. Three times, for images and
// parameters as they are and twice for others that are moved to a neighbour in the precision, it
// measures the distance of compute's own engine in the precision from itself in float64, and what
// the move alone does in float64; the largest counts. Our engine rounds as often in another order,
// so its error is another draw from the same distribution. It has a long tail, as one rounding near
// the end of a narrow transformer goes into all gradients alike: of 1,600 transformers 4 had a
// gradient off by more than four times the largest of these, 7.4 at most. That one, one block of
// width 8 with four heads of 2, was moved to 60 neighbours: it is the worst of them, and the root
// mean square of our error is 1.2 to 1.4 times that of compute's engine, for the features as for
// every gradient.
func roundings(t *testing.T, stock compute.Backend, c vit.Config, batch int, precision dtypes.DType, want [][]float32,
	random *rand.Rand,
) []float64 {
	t.Helper()
	short, exact := newDifferentiation(t, stock, c, batch, precision),
		newDifferentiation(t, stock, c, batch, dtypes.Float64)
	list := make([]float64, len(want))
	for trial := range 3 {
		_, rounded := short.call(t) // the first makes the parameters
		_, moved := exact.call(t)
		for j := range want {
			list[j] = max(list[j], distance(rounded[j], moved[j]), distance(moved[j], want[j]))
		}
		seed := random.Uint64()
		for _, d := range []*differentiation{short, exact} {
			draw := rand.New(rand.NewPCG(seed, uint64(trial)))
			d.change(t, func(x float32) float32 { return neighbour(x, precision, draw) })
		}
	}
	return list
}

// neighbour is a number moved up or down in a precision, or left.
func neighbour(x float32, precision dtypes.DType, random *rand.Rand) float32 {
	by := float32(random.IntN(3) - 1)
	if precision == dtypes.BFloat16 {
		return bfloat16.FromFloat32(x * (1 + by*0x1p-8)).Float32()
	}
	return x * (1 + by*0x1p-23)
}

// Gradients of whole transformers agree with those of compute's own engine, which multiplies in
// float64: every pass of the compiler has something to do in them.
func TestTransformerEqualsFloat64(t *testing.T) {
	if raceDetector {
		t.Skip("compute's own engine does not run under the race detector")
	}
	configs := []vit.Config{
		vit.Custom(32, 8, 20, 2, 2), vit.Custom(24, 8, 48, 3, 3), vit.Custom(48, 8, 64, 1, 1),
		vit.Custom(144, 8, 16, 1, 2),
	}
	random := rand.New(rand.NewPCG(testkit.Seed(t), 0))
	for range rounds(8, 400) {
		configs = append(configs, randomTransformer(random))
	}
	stock, own := open(t, "go"), open(t, cpu.Name)
	for i, c := range configs {
		batch := 1 + i%3
		names, want := gradients(t, stock, c, batch, dtypes.Float64)
		for _, precision := range []dtypes.DType{dtypes.Float32, dtypes.BFloat16} {
			noise := roundings(t, stock, c, batch, precision, want, random)
			_, got := gradients(t, own, c, batch, precision)
			for j, name := range names {
				off, most := distance(got[j], want[j]), 8*max(noise[j], least[precision])
				if !(off <= most) {
					t.Errorf("%s, batch of %d, %+v: %s: relative distance %.2g, want at most %.2g", precision, batch, c,
						name, off, most)
				}
			}
		}
	}
}

// least is what a draw of rounding errors is counted as at least, 16 units of float32 and one of
// bfloat16: it may be exact by chance.
var least = map[dtypes.DType]float64{dtypes.Float32: 0x1p-20, dtypes.BFloat16: 0x1p-9}

// distance is ‖a − b‖/‖b‖.
func distance(a, b []float32) float64 {
	var d, n float64
	for i := range b {
		d += float64(a[i]-b[i]) * float64(a[i]-b[i])
		n += float64(b[i]) * float64(b[i])
	}
	if n == 0 {
		return math.Sqrt(d)
	}
	return math.Sqrt(d / n)
}

// The gradients of a transformer have the same bits on any number of threads.
func TestTransformerIsDeterministic(t *testing.T) {
	for _, precision := range []dtypes.DType{dtypes.Float32, dtypes.BFloat16} {
		var want [][]float32
		for _, threads := range []int{1, 2, 3, 4, 7, 8, 16, 64} {
			b, err := cpu.New(fmt.Sprintf("parallelism=%d", threads))
			if err != nil {
				t.Fatal(err)
			}
			names, got := gradients(t, b, vit.Custom(24, 4, 96, 2, 3), 2, precision)
			if want == nil {
				want = got
			}
			for i, name := range names {
				if !slices.Equal(got[i], want[i]) {
					t.Errorf("%s, %d threads: %s differs from that on one thread", precision, threads, name)
				}
			}
			b.Finalize()
		}
	}
}

// The engine recognises the attention of our networks, as they write it, and its gradient: nothing
// that they take is as large as the scores of all queries.
func TestAttentionOfTransformersIsFused(t *testing.T) {
	const heads, tokens = 4, 16*16 + 1
	for _, precision := range []dtypes.DType{dtypes.Float32, dtypes.BFloat16} {
		d := newDifferentiation(t, open(t, cpu.Name), vit.Custom(64, 4, 4*heads, 2, heads), 1, precision)
		g, err := d.exec.Compile(d.images.Shape())
		if err != nil {
			t.Fatal(err)
		}
		m, ok := cpu.PlannedMemory(g.Executable())
		if scores := heads * tokens * tokens * precision.Size(); !ok || m.Temporaries >= scores {
			t.Errorf("%s: %d bytes of temporaries (known: %v), want less than the %d of the scores of a block",
				precision,
				m.Temporaries, ok, scores)
		}
	}
}
