package cpu

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/bfloat16"
	"github.com/gomlx/compute/gobackend"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/dino-go/dino/cpu/internal/testseed"
)

// run computes the results of a network in a type of float on an engine, as float64.
func (n *network) run(b compute.Backend, d dtypes.DType, data [][]float64) ([][]float64, error) {
	exec, err := graph.NewExec(b, func(in []*graph.Node) []*graph.Node {
		for i := range in {
			in[i] = graph.ConvertDType(in[i], d)
		}
		results := n.build(in)
		for i := range results {
			results[i] = graph.ConvertDType(results[i], dtypes.Float64)
		}
		return results
	})
	if err != nil {
		return nil, err
	}
	defer exec.Finalize()
	var inputs []any
	for i, x := range data {
		inputs = append(inputs, tensors.FromFlatDataAndDimensions(x, n.inputs[i]...))
	}
	out, err := exec.Call(inputs...)
	if err != nil {
		return nil, err
	}
	var results [][]float64
	for _, o := range out {
		results = append(results, tensors.MustCopyFlatData[float64](o))
		o.MustFinalizeAll()
	}
	return results, nil
}

// deviation is the largest difference, measured by the root of the mean square of b, or by 1 where
// that is less.
func deviation(a, b []float64) float64 {
	var square, most float64
	for i := range b {
		square += b[i] * b[i]
		most = max(most, math.Abs(a[i]-b[i]))
		if math.IsNaN(a[i]) {
			return math.Inf(1)
		}
	}
	return most / max(math.Sqrt(square/float64(max(len(b), 1))), 1)
}

// noise says how far results in a type of float may be off for reasons that every engine has: three
// times it measures the distance of compute's own engine in that type from itself in float64, once
// for the data and twice for data of which about two thirds are changed in the last place, and what
// that change alone does in float64. The first feels sums that cancel inside the graph, the second
// those of the inputs. In float32 the distance is measured for two orders of summation: that of the
// engine, which cuts products into blocks, and one term after the other, see [sequential]. (In
// bfloat16 the rounding of values hides the order.)
func (n *network) noise(stock compute.Backend, d dtypes.DType, data, want [][]float64,
	random *rand.Rand,
) ([]float64, error) {
	orders := []compute.Backend{stock}
	if d == dtypes.Float32 {
		orders = append(orders, sequential{stock})
	}
	noise := make([]float64, len(want))
	for trial := range 3 {
		x := data
		if trial > 0 {
			x = nudged(data, d, random)
		}
		exact, err := n.run(stock, dtypes.Float64, x)
		if err != nil {
			return nil, err
		}
		for _, order := range orders {
			short, err := n.run(order, d, x)
			if err != nil {
				return nil, err
			}
			for j := range noise {
				noise[j] = max(noise[j], deviation(short[j], exact[j]), deviation(exact[j], want[j]))
			}
		}
	}
	return noise, nil
}

// nudged moves each number to a neighbour in a type of float, up or down, or leaves it.
func nudged(data [][]float64, d dtypes.DType, random *rand.Rand) [][]float64 {
	var list [][]float64
	for _, x := range data {
		y := make([]float64, len(x))
		for i, v := range x {
			v *= 1 + float64(random.IntN(3)-1)*2*unit[d]
			if y[i] = float64(float32(v)); d == dtypes.BFloat16 {
				y[i] = bfloat16.FromFloat32(float32(v)).Float64()
			}
		}
		list = append(list, y)
	}
	return list
}

// unit is the roundoff of a type of float: how far rounding moves a number at most, relative to it.
var unit = map[dtypes.DType]float64{dtypes.Float32: 0x1p-24, dtypes.BFloat16: 0x1p-9}

// allowance is how far a result may be off in a type of float. Our engine rounds as often as
// compute's, in an order that is like one of those of [network.noise] or lies between them: errors
// are draws from the same distribution, and one of them seldom is four times the largest of several
// others. (In 600 networks in float32 the most was 2.8 times, with or without the floor below, and
// 1.4 in 150 networks in bfloat16, where fusion keeps digits.) Below that lies what a draw may
// miss: the roundings of the result and of the last few steps to it, which may be exact by chance.
func allowance(d dtypes.DType, noise float64) float64 {
	switch d {
	case dtypes.Float32:
		return 4 * max(noise, 8*unit[d])
	case dtypes.BFloat16:
		return 4 * max(noise, unit[d])
	}
	return 1e-9
}

// TestRandomNetworks compares random networks and their gradients with compute's own engine in
// float64, to within some times the distance of that engine from itself in the same type of float.
// The bits are the same on any number of threads.
func TestRandomNetworks(t *testing.T) {
	if raceDetector {
		t.Skip("compute's own engine does not run under the race detector")
	}
	stock, err := gobackend.New("ops_sequential")
	if err != nil {
		t.Fatal(err)
	}
	var backends []compute.Backend
	for _, threads := range threadCounts {
		backends = append(backends, open(t, fmt.Sprintf("parallelism=%d", threads)))
	}
	seed := testseed.Seed(t)
	for i := range rounds(20, 1500) {
		random := rand.New(rand.NewPCG(seed, uint64(i)))
		n := newNetwork(random, 2+random.IntN(6))
		data := n.data(random)
		must := func(results [][]float64, err error) [][]float64 {
			t.Helper()
			if err != nil {
				t.Fatalf("network %d: %v", i, err)
			}
			return results
		}
		want := must(n.run(stock, dtypes.Float64, data))
		for _, d := range []dtypes.DType{dtypes.Float64, dtypes.Float32, dtypes.BFloat16} {
			var first [][]float64
			on := backends
			if d == dtypes.Float64 { // plain loops: two will do
				on = backends[:2]
			}
			for _, b := range on {
				got := must(n.run(b, d, data))
				if first == nil {
					first = got
				}
				for j, name := range n.names() {
					if !slices.Equal(got[j], first[j]) {
						t.Errorf("network %d, %s, %s: %s differs from that on one thread", i, d, b.Description(), name)
					}
				}
			}
			noise := make([]float64, len(want))
			if d != dtypes.Float64 {
				if noise, err = n.noise(stock, d, data, want, random); err != nil {
					t.Fatalf("network %d: %v", i, err)
				}
			}
			for j, name := range n.names() {
				got, most := deviation(first[j], want[j]), allowance(d, noise[j])
				if !(got <= most) {
					t.Errorf("network %d, %s: %s is off by %.2g, want at most %.2g", i, d, name, got, most)
				}
			}
		}
	}
}
