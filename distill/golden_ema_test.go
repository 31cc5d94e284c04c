package distill

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/internal/layer"
	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/testkit/graphtest"
	"github.com/dino-go/dino/internal/variables"
	"github.com/dino-go/dino/schedule"

	"github.com/dino-go/dino/weights"
)

type goldenEMA struct {
	Params struct {
		Base   float64 `json:"base"`
		Final  float64 `json:"final"`
		Epochs int     `json:"epochs"`
	} `json:"params"`
	Parameters   []string  `json:"parameters"`
	Buffers      []string  `json:"buffers"`
	Coefficients []float64 `json:"coefficients"`
	Before       float64   `json:"coefficient_before_first_update"`
	Updates      []struct {
		Epoch       int     `json:"epoch"`
		Training    bool    `json:"training"`
		Coefficient float64 `json:"coefficient"`
	} `json:"updates"`
}

func TestGoldenEMA(t *testing.T) {
	testkit.GoldenCases(t, "ema", func(t *testing.T, c *testkit.Case) {
		if c.Kind != "teacher_student_wrapper" {
			c.UnknownKind()
		}
		var g goldenEMA
		c.Decode(&g)
		s := schedule.EMACosine{Base: g.Params.Base, Final: g.Params.Final, Epochs: g.Params.Epochs}
		testkit.AllClose(t, "coefficient_before_first_update", []float64{float64(float32(s.Base))}, []float64{g.Before},
			2e-7)
		var coefficients []float64
		for e := range g.Coefficients {
			coefficients = append(coefficients, s.At(e))
		}
		testkit.AllClose(t, "coefficients", coefficients, g.Coefficients, 2e-7)
		runGoldenEMA(t, c, g, s)
	})
}

func runGoldenEMA(t *testing.T, c *testkit.Case, g goldenEMA, s schedule.EMACosine) {
	b, store := graphtest.Open(t), model.NewStore()
	all, err := c.Tensors(t, "updates.safetensors").Tensors()
	if err != nil {
		t.Fatal(err)
	}
	wrapper := TeacherStudent{Scope: "net", EMABuffers: true}
	if err := variables.Create(store, "/net/student", below(all, "init.student.")); err != nil {
		t.Fatal(err)
	}
	_, byName := layer.Within(store, "/net/student")
	for _, name := range g.Buffers {
		byName[name].SetTrainable(false)
	}
	if err := wrapper.CopyStudent(store); err != nil {
		t.Fatal(err)
	}
	checkTeacher(t, c, store, "init.teacher.", below(all, "init.teacher."))

	update := func(training bool) *model.Exec {
		exec, err := model.NewExec(b, store, func(scope *model.Scope, coefficient *graph.Node) *graph.Node {
			store.SetTraining(coefficient.Graph(), training)
			wrapper.UpdateTeacher(store, coefficient)
			return coefficient
		})
		if err != nil {
			t.Fatal(err)
		}
		return exec
	}
	execs := map[bool]*model.Exec{true: update(true), false: update(false)}
	for i, u := range g.Updates {
		testkit.AllClose(t, "coefficient", []float64{s.At(u.Epoch)}, []float64{u.Coefficient}, 2e-7)
		prefix := fmt.Sprintf("u%d", i)
		if err := variables.Import(store, "/net/student", below(all, prefix+".student.")); err != nil {
			t.Fatal(err)
		}
		if _, err := execs[u.Training].Call(tensors.FromValue(float32(s.At(u.Epoch)))); err != nil {
			t.Fatal(err)
		}
		checkTeacher(t, c, store, prefix+".teacher.", below(all, prefix+".teacher."))
	}
}

// below returns the tensors whose name begins with prefix, without it.
func below(all map[string]weights.Tensor, prefix string) map[string]weights.Tensor {
	out := map[string]weights.Tensor{}
	for name, tensor := range all {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			out[rest] = tensor
		}
	}
	return out
}

func checkTeacher(t *testing.T, c *testkit.Case, store *model.Store, prefix string, want map[string]weights.Tensor) {
	t.Helper()
	got, err := variables.Export(store, "/net/teacher")
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(want) {
		t.Errorf("%s: the teacher has %d tensors, want %d", prefix, len(got), len(want))
	}
	for name, w := range want {
		if w.DType != weights.F32 || strings.HasPrefix(prefix, "init.") {
			if string(got[name].Data) != string(w.Data) {
				t.Errorf("%s%s differs", prefix, name)
			}
			continue
		}
		testkit.AllClose(t, prefix+name, graphtest.Floats(fromFile(t, got[name])), graphtest.Floats(fromFile(t, w)),
			testkit.Accept(c.Tolerance("updates:"+prefix+name)))
	}
}
