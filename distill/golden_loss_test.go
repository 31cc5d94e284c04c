package distill

import (
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/testkit/graphtest"
	"github.com/dino-go/dino/schedule"
)

type goldenLoss struct {
	Params struct {
		GlobalViews  int     `json:"n_global"`
		LocalViews   int     `json:"n_local"`
		OutDim       int     `json:"out_dim"`
		StudentTemp  float64 `json:"student_temp"`
		Momentum     float64 `json:"momentum"`
		Iterations   int     `json:"n_iterations"`
		WarmupTemp   float64 `json:"warmup_temp"`
		Temp         float64 `json:"temp"`
		WarmupEpochs int     `json:"warmup_epochs"`
	} `json:"params"`
	Epochs       []int     `json:"epochs"`
	TeacherTemps []float64 `json:"teacher_temps"`
	Schedule     []float64 `json:"teacher_temp_schedule"`
	LossF64      []float64 `json:"loss_f64"`
}

func TestGoldenLoss(t *testing.T) {
	testkit.GoldenCases(t, "loss", func(t *testing.T, c *testkit.Case) {
		var g goldenLoss
		c.Decode(&g)
		switch c.Kind {
		case "center":
			runGoldenLoss(t, c, g, &Center{Momentum: g.Params.Momentum, Rule: CenterSeed})
		case "official":
			checkOfficialTemperature(t, g)
			runGoldenLoss(t, c, g, &Center{Momentum: g.Params.Momentum, Rule: CenterOfficial})
		case "sinkhorn":
			runGoldenLoss(t, c, g, nil)
		default:
			c.UnknownKind()
		}
	})
}

func checkOfficialTemperature(t *testing.T, g goldenLoss) {
	s := schedule.TemperatureOfficial{First: g.Params.WarmupTemp, Final: g.Params.Temp, Warmup: g.Params.WarmupEpochs}
	got := make([]float64, len(g.Schedule))
	for e := range got {
		got[e] = s.At(e)
	}
	testkit.AllClose(t, "teacher_temp_schedule", got, g.Schedule, 1e-15)
	for i, epoch := range g.Epochs {
		testkit.AllClose(t, "teacher_temps", []float64{s.At(epoch)}, []float64{g.TeacherTemps[i]}, 1e-15)
	}
}

// runGoldenLoss runs the steps of a case, which share one center; a nil center is Sinkhorn-Knopp.
func runGoldenLoss(t *testing.T, c *testkit.Case, g goldenLoss, center *Center) {
	b, store, io := graphtest.Open(t), model.NewStore(), c.Tensors(t, "io.safetensors")
	exec, err := model.NewExec(b, store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
		student, teacher, temperature := in[0], in[1], in[2]
		var probs, used, stored *graph.Node
		if center == nil {
			probs = SinkhornKnopp(teacher, temperature, g.Params.Iterations)
		} else {
			used = center.Current(scope, teacher.Graph(), g.Params.OutDim)
			probs = CenteredSoftmax(teacher, used, temperature)
			center.Advance(scope, BatchMean(teacher))
			stored = center.state(scope, g.Params.OutDim).center.NodeValue(teacher.Graph())
		}
		loss := CrossEntropy(student, probs, g.Params.StudentTemp)
		outputs := []*graph.Node{loss, probs, graph.Gradient(loss, student)[0]}
		if center != nil {
			outputs = append(outputs, used, stored, center.Current(scope, teacher.Graph(), g.Params.OutDim))
		}
		return outputs
	})
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"loss", "teacher_probs", "grad"}
	if center != nil {
		names = append(names, "center_used", "center_attr", "center_next")
	}
	student, teacher := load(t, io, "student_logits"), load(t, io, "teacher_logits")
	if len(g.TeacherTemps) == 0 {
		t.Fatal("the case has no step")
	}
	for step := range g.TeacherTemps {
		outputs, err := exec.Call(row(student, step), row(teacher, step), scalar(g.TeacherTemps[step]))
		if err != nil {
			t.Fatal(err)
		}
		for i, name := range names {
			if _, ok := io.Info(name); !ok && name == "center_attr" {
				continue // only kind center has it
			}
			want := row(load(t, io, name), step)
			testkit.AllClose(t, name, graphtest.Floats(outputs[i]), graphtest.Floats(want),
				testkit.Accept(c.Tolerance("io:"+name)))
		}
		loss := float64(tensors.ToScalar[float32](outputs[0]))
		testkit.AllClose(t, "loss_f64", []float64{loss}, []float64{g.LossF64[step]},
			testkit.Accept(c.Tolerance("io:loss")))
	}
}
