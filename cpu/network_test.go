package cpu

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/gobackend"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/dino-go/dino/cpu/internal/testseed"
)

// run computes the results of a network in a type of float on an engine, as float64.
func (n *network) run(b compute.Backend, d dtypes.DType, data [][]float64, round func(*graph.Node) *graph.Node) ([][]float64, error) {
	exec, err := graph.NewExec(b, func(in []*graph.Node) []*graph.Node {
		for i := range in {
			in[i] = graph.ConvertDType(in[i], d)
		}
		results := n.build(in, round)
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

// roundEach rounds a value to bfloat16, and its gradient on the way back.
func roundEach(x *graph.Node) *graph.Node {
	return graph.ConvertDType(graph.ConvertDType(x, dtypes.BFloat16), dtypes.Float64)
}

// deviation is the largest difference, measured by the root of the mean square of b, or by 1 where that is less.
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

// allowance is how far a result may be off in a type of float, if rounding each value to bfloat16 moves it so far.
var allowance = map[dtypes.DType]func(moved float64) float64{
	dtypes.Float64:  func(float64) float64 { return 1e-9 },
	dtypes.Float32:  func(moved float64) float64 { return 2e-5 + moved/100 },
	dtypes.BFloat16: func(moved float64) float64 { return 0.05 + 8*moved },
}

// TestRandomNetworks compares random networks and their gradients with compute's own engine in float64: in float64 and float32 to within their
// rounding; in bfloat16 to within some times what rounding every value to bfloat16 does to the computation in float64. The bits are the same
// on any number of threads.
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
		want := must(n.run(stock, dtypes.Float64, data, nil))
		rounded := must(n.run(stock, dtypes.Float64, data, roundEach))
		for _, d := range []dtypes.DType{dtypes.Float64, dtypes.Float32, dtypes.BFloat16} {
			var first [][]float64
			on := backends
			if d == dtypes.Float64 { // plain loops: two will do
				on = backends[:2]
			}
			for _, b := range on {
				got := must(n.run(b, d, data, nil))
				if first == nil {
					first = got
				}
				for j, name := range n.names() {
					if !slices.Equal(got[j], first[j]) {
						t.Errorf("network %d, %s, %s: %s differs from that on one thread", i, d, b.Description(), name)
					}
				}
			}
			for j, name := range n.names() {
				got, most := deviation(first[j], want[j]), allowance[d](deviation(rounded[j], want[j]))
				if !(got <= most) {
					t.Errorf("network %d, %s: %s is off by %.2g, want at most %.2g", i, d, name, got, most)
				}
			}
		}
	}
}
