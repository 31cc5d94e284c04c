package cpu

import (
	"bytes"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/compute/support/testutil"
)

func open(t testing.TB, config string) *Backend {
	t.Helper()
	b, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Finalize)
	return b.(*Backend)
}

// build compiles a computation over float32 parameters of the given dimensions.
func build(t testing.TB, b compute.Backend, dims [][]int,
	body func(f compute.Function, x []compute.Value) []compute.Value,
) compute.Executable {
	t.Helper()
	builder := b.Builder("test")
	f := builder.Main()
	var x []compute.Value
	for _, d := range dims {
		x = append(x, testutil.Must1(f.Parameter("x", shapes.Make(dtypes.Float32, d...), nil)))
	}
	testutil.Must(f.Return(body(f, x), nil))
	e, err := builder.Compile()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func buffer(t testing.TB, b compute.Backend, values []float32, dims ...int) compute.Buffer {
	t.Helper()
	return testutil.Must1(b.BufferFromFlatData(0, values, shapes.Make(dtypes.Float32, dims...)))
}

func floats(t testing.TB, x compute.Buffer) []float32 {
	t.Helper()
	return testutil.Must1(x.Data()).([]float32)
}

func TestOptions(t *testing.T) {
	for config, want := range map[string]string{
		"parallelism=x": `cpu: option parallelism is "x": must be a number of threads, or 0 for one per core`,
		"threads=2":     `cpu: unknown option "threads": the only one is parallelism=N`,
	} {
		if _, err := New(config); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", config, err, want)
		}
	}
	if b := open(t, "parallelism=5"); b.pool.Threads() != 5 {
		t.Errorf("%d threads, want 5", b.pool.Threads())
	}
}

// A division of integers by zero panics inside a kernel.
func TestPanicOfAKernelIsAnError(t *testing.T) {
	for _, config := range []string{"parallelism=1", "parallelism=4"} {
		b := open(t, config)
		builder := b.Builder("division")
		f := builder.Main()
		x := testutil.Must1(f.Parameter("x", shapes.Make(dtypes.Int32, 1<<20), nil))
		testutil.Must(f.Return([]compute.Value{testutil.Must1(f.Div(x, x))}, nil))
		e := testutil.Must1(builder.Compile())
		values := make([]int32, 1<<20)
		in := testutil.Must1(b.BufferFromFlatData(0, values, shapes.Make(dtypes.Int32, 1<<20)))
		for range 20 {
			_, err := e.Execute([]compute.Buffer{in}, nil, 0)
			if err == nil || !strings.Contains(err.Error(), "divide by zero") || !strings.Contains(err.Error(), "Div") {
				t.Fatalf("%v, want an error that names the kernel and says divide by zero", err)
			}
		}
		for i := range values {
			values[i] = 7
		}
		in = testutil.Must1(b.BufferFromFlatData(0, values, shapes.Make(dtypes.Int32, 1<<20)))
		out, err := e.Execute([]compute.Buffer{in}, nil, 0)
		if err != nil {
			t.Fatalf("after the panics: %v", err)
		}
		if got := testutil.Must1(out[0].Data()).([]int32)[12345]; got != 1 {
			t.Errorf("after the panics 7/7 is %d", got)
		}
	}
}

func TestFinalizeDuringExecution(t *testing.T) {
	defer watchdog(t, time.Minute)()
	for round := range 30 {
		b := open(t, "parallelism=3")
		const n = 1 << 16
		e := build(t, b, [][]int{{n}}, func(f compute.Function, x []compute.Value) []compute.Value {
			y := x[0]
			for range 8 {
				y = testutil.Must1(f.Tanh(testutil.Must1(f.Reverse(y, 0))))
			}
			return []compute.Value{y}
		})
		in := buffer(t, b, make([]float32, n), n)
		var wg sync.WaitGroup
		for range 4 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				for range 5 {
					out, err := e.Execute([]compute.Buffer{in}, nil, 0)
					if err != nil {
						return // finalized between two executions
					}
					if x, err := out[0].Data(); err == nil && x.([]float32)[7] != 0 {
						t.Error("an execution saw memory that was taken away")
					}
					_ = out[0].Finalize()
				}
			}()
		}
		switch round % 3 {
		case 0:
			_ = in.Finalize()
		case 1:
			e.Finalize()
		case 2:
			b.Finalize()
		}
		wg.Wait()
	}
}

func TestFinalizedObjectsReturnErrors(t *testing.T) {
	b := open(t, "")
	e := build(t, b, [][]int{{2}}, func(f compute.Function, x []compute.Value) []compute.Value {
		return []compute.Value{testutil.Must1(f.Neg(x[0]))}
	})
	in := buffer(t, b, []float32{1, 2}, 2)
	testutil.Must(in.Finalize())
	if _, err := e.Execute([]compute.Buffer{in}, nil, 0); err == nil {
		t.Error("a finalized input was accepted")
	}
	if _, err := in.Data(); err == nil {
		t.Error("a finalized buffer gave its data")
	}
	e.Finalize()
	if _, err := e.Execute([]compute.Buffer{buffer(t, b, []float32{1, 2}, 2)}, nil, 0); err == nil {
		t.Error("a finalized executable ran")
	}
	b.Finalize()
	if _, err := b.BufferFromFlatData(0, []float32{1}, shapes.Make(dtypes.Float32, 1)); err == nil {
		t.Error("a finalized backend made a buffer")
	}
}

func TestDonation(t *testing.T) {
	b := open(t, "")
	e := build(t, b, [][]int{{1000}, {1000}}, func(f compute.Function, x []compute.Value) []compute.Value {
		sum := testutil.Must1(f.Add(x[0], x[1]))
		return []compute.Value{sum, testutil.Must1(f.Mul(sum, x[1]))}
	})
	make1000 := func(v float32) compute.Buffer {
		values := make([]float32, 1000)
		for i := range values {
			values[i] = v
		}
		return buffer(t, b, values, 1000)
	}
	kept, given := make1000(2), make1000(3)
	place := reflect.ValueOf(floats(t, given)).Pointer()
	out, err := e.Execute([]compute.Buffer{given, kept}, []bool{true, false}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if x := floats(t, out[0]); x[999] != 5 || reflect.ValueOf(x).Pointer() != place {
		t.Errorf("the sum is %g in other memory than the donated input's", x[999])
	}
	if x := floats(t, out[1]); x[0] != 10 || floats(t, kept)[0] != 2 {
		t.Errorf("the product is %g and the input that was kept %g", x[0], floats(t, kept)[0])
	}
	if _, err := given.Data(); err == nil {
		t.Error("a donated buffer gave its data")
	}
	// The same buffer twice, donated once: its memory must not be written.
	twice := make1000(4)
	out, err = e.Execute([]compute.Buffer{twice, twice}, []bool{true, false}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if x := floats(t, out[1]); x[500] != 32 {
		t.Errorf("with one buffer for both inputs (4+4)·4 is %g", x[500])
	}
}

func TestZeroElements(t *testing.T) {
	b := open(t, "")
	e := build(t, b, [][]int{{0, 3}, {3, 2}}, func(f compute.Function, x []compute.Value) []compute.Value {
		return []compute.Value{
			testutil.Must1(f.Tanh(x[0])),
			testutil.Must1(f.ReduceSum(x[0], 0)),
			testutil.Must1(f.ReduceMax(x[0], 0)),
			testutil.Must1(f.DotGeneral(x[0], []int{1}, nil, x[1], []int{0}, nil, compute.DotGeneralConfig{})),
			testutil.Must1(f.DotGeneral(x[0], []int{0}, nil, x[0], []int{0}, nil, compute.DotGeneralConfig{})),
			testutil.Must1(f.Concatenate(0, x[0], x[0])),
		}
	})
	out, err := e.Execute([]compute.Buffer{buffer(t, b, nil, 0, 3), buffer(t, b, make([]float32, 6), 3, 2)}, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for i, n := range []int{0, 3, 3, 0, 9, 0} {
		if x := floats(t, out[i]); len(x) != n {
			t.Errorf("result %d has %d elements, want %d", i, len(x), n)
		}
	}
	if got := floats(t, out[4]); !bytes.Equal(dtypes.UnsafeByteSlice(got), make([]byte, 36)) {
		t.Errorf("a product over no elements is %v, want zeros", got)
	}
}

func TestInputsAreNeverWritten(t *testing.T) {
	b := open(t, "")
	e := build(t, b, [][]int{{64}}, func(f compute.Function, x []compute.Value) []compute.Value {
		y := testutil.Must1(f.Neg(testutil.Must1(f.Tanh(x[0]))))
		return []compute.Value{y, x[0], y, testutil.Must1(f.Reshape(x[0], 8, 8))}
	})
	in := buffer(t, b, make([]float32, 64), 64)
	floats(t, in)[3] = 1
	out, err := e.Execute([]compute.Buffer{in}, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for i := range out {
		floats(t, out[i])[3] = 9
	}
	if got := floats(t, in)[3]; got != 1 {
		t.Errorf("writing to results changed the input to %g", got)
	}
}

// Every method of a buffer may be called while another finalizes it; `make race` sees reads of its
// state that are not locked.
func TestFinalizeWhileOthersRead(t *testing.T) {
	b := open(t, "")
	for range 50 {
		x := buffer(t, b, []float32{1, 2, 3}, 3)
		var done sync.WaitGroup
		read := func(read func() error) {
			done.Go(func() {
				if err := read(); err != nil && !strings.Contains(err.Error(), "has been finalized or donated") {
					t.Error(err)
				}
			})
		}
		read(func() error { _, err := x.Shape(); return err })
		read(func() error { _, err := x.Data(); return err })
		read(func() error { return x.ToFlatData(make([]float32, 3)) })
		read(func() error { _, err := x.CopyToDevice(0); return err })
		read(x.Finalize)
		done.Wait()
		if _, err := x.Shape(); err == nil {
			t.Fatal("a finalized buffer still has a shape")
		}
	}
}
