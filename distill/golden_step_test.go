package distill

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/internal/variables"
	"github.com/dino-go/dino/nets/vit"
	"github.com/dino-go/dino/optim"
	"github.com/dino-go/dino/schedule"

	"github.com/dino-go/dino/internal/testkit"
	"github.com/dino-go/dino/internal/testkit/graphtest"
	"github.com/dino-go/dino/internal/testkit/vitcase"

	"github.com/dino-go/dino/weights"
)

type goldenStep struct {
	Params struct {
		Backbone  vitcase.Params `json:"backbone"`
		Projector struct {
			Hidden     int `json:"hidden_dim"`
			Bottleneck int `json:"bottleneck_dim"`
			Out        int `json:"out_dim"`
		} `json:"projector"`
		GlobalViews        int     `json:"n_global"`
		LocalViews         int     `json:"n_local"`
		StepsPerEpoch      int     `json:"steps_per_epoch"`
		MaxEpochs          int     `json:"max_epochs"`
		StudentTemp        float64 `json:"temperature_student"`
		TeacherTemp        float64 `json:"temperature_teacher"`
		TeacherTempWarmup  float64 `json:"temperature_teacher_warmup"`
		TeacherTempWarmups int     `json:"warmup_epochs_temperature_teacher"`
		CenterMomentum     float64 `json:"center_momentum"`
		EMAStart           float64 `json:"ema_decay_start"`
		EMAEnd             float64 `json:"ema_decay_end"`
		Optimizer          struct {
			Recipe   string     `json:"recipe"`
			Betas    [2]float64 `json:"betas"`
			Eps      float64    `json:"eps"`
			ClipGrad float64    `json:"clip_grad"`
		} `json:"optimizer"`
	} `json:"params"`
	Steps []struct {
		Epoch       int     `json:"epoch"`
		LR          float64 `json:"lr"`
		WeightDecay float64 `json:"weight_decay"`
		TeacherTemp float64 `json:"teacher_temp"`
		EMA         float64 `json:"ema_coefficient"`
		Loss        float64 `json:"loss"`
		Frozen      bool    `json:"frozen_prototypes"`
	} `json:"steps"`
	Prototype     string               `json:"prototype_parameter"`
	WeightDecayed []string             `json:"weight_decayed"`
	GradNorms     []map[string]float64 `json:"grad_norms"`
}

func (g goldenStep) config() Config {
	p, c := g.Params, DefaultConfig()
	c.Encoder, c.ViT = EncoderCustom, p.Backbone.Config(vit.PosEmbedTimm)
	c.ProjectorHiddenDim, c.ProjectorBottleneckDim = p.Projector.Hidden, p.Projector.Bottleneck
	c.NPrototypes = p.Projector.Out
	c.TemperatureStudent, c.TemperatureTeacher = p.StudentTemp, p.TeacherTemp
	c.TemperatureTeacherWarmup, c.WarmupEpochsTemperatureTeacher = p.TeacherTempWarmup, p.TeacherTempWarmups
	c.CenterMomentum, c.EMADecayStart, c.EMADecayEnd = p.CenterMomentum, p.EMAStart, p.EMAEnd
	return c
}

func (g goldenStep) optimizer(t *testing.T) Optimizer {
	p := g.Params.Optimizer
	o := Optimizer{AdamW: optim.AdamW{Beta1: p.Betas[0], Beta2: p.Betas[1], Eps: p.Eps}}
	switch p.Recipe {
	case "official":
		o.Decay, o.Clip, o.ClipNorm = optim.DecayMatrices, ClipPerTensor, p.ClipGrad
	case "constant":
		o.Decay, o.Clip = optim.DecayAll, ClipNone
	default:
		t.Fatalf("unknown recipe %q", p.Recipe)
	}
	return o
}

func TestGoldenStep(t *testing.T) {
	testkit.GoldenCases(t, "step", func(t *testing.T, c *testkit.Case) {
		if c.Kind != "dino" {
			c.UnknownKind()
		}
		var g goldenStep
		c.Decode(&g)
		r := newGoldenStepRun(t, c, g)
		r.checkSchedules(t)
		r.checkGroups(t)
		r.checkGradients(t)
		for i := range g.Steps {
			r.step(t, i)
		}
		r.checkFinal(t)
	})
}

type goldenStepRun struct {
	goldenStep
	c       *testkit.Case
	backend compute.Backend
	store   *model.Store
	model   *Model
	opt     Optimizer
	views   *weights.File
	exec    *model.Exec
	updates int // optimizer steps of the prototypes
}

func newGoldenStepRun(t *testing.T, c *testkit.Case, g goldenStep) *goldenStepRun {
	m, err := New(g.config())
	if err != nil {
		t.Fatal(err)
	}
	r := &goldenStepRun{
		goldenStep: g, c: c, backend: graphtest.Open(t), store: model.NewStore(), model: m,
		opt: g.optimizer(t), views: c.Tensors(t, "views.safetensors"),
	}
	init, err := c.Tensors(t, "init.safetensors").Tensors()
	if err != nil {
		t.Fatal(err)
	}
	if err := variables.Create(r.store, "/", init); err != nil {
		t.Fatal(err)
	}
	size := m.ViT.ImageSize
	if err := m.Init(r.backend, r.store, 0, [4]int{1, m.ViT.InChannels, size[0], size[1]}); err != nil {
		t.Fatal(err)
	}
	for _, role := range []string{"backbone", "projector"} { // the names of the file are the names of the model
		if err := variables.Import(r.store, "/"+role+"/student", below(init, role+".student.")); err != nil {
			t.Fatal(err)
		}
	}
	r.exec, err = model.NewExec(r.backend, r.store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
		out, metrics := m.Step(scope, r.input(in[1:]), in[0], r.opt)
		return append([]*graph.Node{out.Embedding, out.TeacherLogits, out.StudentLogits, out.CenterUsed},
			metrics.Nodes()...)
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// input sorts the views of a step, global ones first.
func (r *goldenStepRun) input(views []*graph.Node) Input {
	return Input{Global: views[:r.Params.GlobalViews], Local: views[r.Params.GlobalViews:]}
}

func (r *goldenStepRun) viewsOf(t *testing.T, step int) []any {
	var views []any
	for i := range r.Params.GlobalViews {
		views = append(views, load(t, r.views, fmt.Sprintf("step%d.global%d", step, i)))
	}
	for i := range r.Params.LocalViews {
		views = append(views, load(t, r.views, fmt.Sprintf("step%d.local%d", step, i)))
	}
	return views
}

// checkSchedules compares temperature and momentum of every step with our schedules.
func (r *goldenStepRun) checkSchedules(t *testing.T) {
	ema := schedule.EMACosine{Base: r.Params.EMAStart, Final: r.Params.EMAEnd, Epochs: r.Params.MaxEpochs}
	for i, s := range r.Steps {
		if epoch := i / r.Params.StepsPerEpoch; epoch != s.Epoch {
			t.Errorf("step %d is in epoch %d, want %d", i, epoch, s.Epoch)
		}
		testkit.AllClose(t, "teacher_temp", []float64{r.model.TeacherTemperature(s.Epoch)}, []float64{s.TeacherTemp},
			1e-15)
		testkit.AllClose(t, "ema_coefficient", []float64{ema.At(s.Epoch)}, []float64{s.EMA}, 2e-7)
	}
}

func (r *goldenStepRun) checkGroups(t *testing.T) {
	var decayed []string
	for _, p := range r.model.Parameters(r.store) {
		name := nameOf(p)
		if optim.Decays(r.opt.Decay, name, p.Shape().Rank()) {
			decayed = append(decayed, name)
		}
		if got, want := r.model.isLastLayer(p), name == r.Prototype; got != want {
			t.Errorf("%s: last layer is %t, want %t", name, got, want)
		}
	}
	want := slices.Sorted(slices.Values(r.WeightDecayed))
	if slices.Sort(decayed); !slices.Equal(decayed, want) {
		t.Errorf("weight decay applies to %v, want %v", decayed, want)
	}
}

func nameOf(v *model.Variable) string {
	return strings.ReplaceAll(strings.TrimPrefix(v.Path(), "/"), "/", ".")
}

// checkGradients compares the gradients of the first step, before clipping and freezing, and their
// norms.
func (r *goldenStepRun) checkGradients(t *testing.T) {
	parameters := r.model.Parameters(r.store)
	exec, err := model.NewExec(r.backend, r.store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
		out := r.model.compare(scope, r.input(in[1:]), in[0])
		return graph.Gradient(out.Loss, values(parameters, out.Loss.Graph())...)
	})
	if err != nil {
		t.Fatal(err)
	}
	gradients, err := exec.Call(append([]any{scalar(r.Steps[0].TeacherTemp)}, r.viewsOf(t, 0)...)...)
	if err != nil {
		t.Fatal(err)
	}
	file := r.c.Tensors(t, "grads_step0.safetensors")
	if len(parameters) != len(file.Names()) {
		t.Errorf("%d gradients, want %d", len(parameters), len(file.Names()))
	}
	scale := 0.0
	for _, name := range file.Names() {
		scale = max(scale, r.c.Tolerance("grads_step0:"+name).Scale)
	}
	for i, p := range parameters {
		name := nameOf(p)
		tol := r.c.Tolerance("grads_step0:" + name)
		tol.Scale = scale
		testkit.AllClose(t, "grads_step0:"+name, graphtest.Floats(gradients[i]), graphtest.Floats(load(t, file, name)),
			testkit.Accept(tol))
		if len(r.GradNorms) > 0 {
			values := graphtest.Floats(gradients[i])
			// Norms are apart by no more than the norm of the difference, √n of its largest entry.
			allowed := math.Sqrt(float64(len(values))) * testkit.Accept(tol)
			testkit.AllClose(t, "grad_norms:"+name, []float64{l2(values)}, []float64{r.GradNorms[0][name]}, allowed)
		}
	}
}

func (r *goldenStepRun) step(t *testing.T, i int) {
	s := r.Steps[i]
	if !s.Frozen {
		r.updates++
	}
	vector := r.opt.Vector(Hyper{
		Values: schedule.Values{
			LR: s.LR, WeightDecay: s.WeightDecay, Momentum: s.EMA, TeacherTemp: s.TeacherTemp,
			FreezeLastLayer: s.Frozen,
		},
		Updates: i + 1, LastLayer: r.updates,
	})
	outputs, err := r.exec.Call(append([]any{tensors.FromValue(vector)}, r.viewsOf(t, i)...)...)
	if err != nil {
		t.Fatal(err)
	}
	loss := r.model.Measured(graphtest.Floats(outputs[4])).Of(Loss)
	testkit.AllClose(t, fmt.Sprintf("loss of step %d", i), []float64{loss}, []float64{s.Loss},
		testkit.Accept(r.c.Tolerance("loss")))
	centers := load(t, r.c.Tensors(t, "centers.safetensors"), "center_used")
	testkit.AllClose(t, "center_used", graphtest.Floats(outputs[3]), graphtest.Floats(row(centers, i)),
		testkit.Accept(r.c.Tolerance("centers:center_used")))
	if i > 0 {
		return
	}
	first := r.c.Tensors(t, "step0.safetensors")
	for j, name := range []string{"embedding", "teacher_logits", "student_logits"} {
		testkit.AllClose(t, name, graphtest.Floats(outputs[j]), graphtest.Floats(load(t, first, name)),
			testkit.Accept(r.c.Tolerance("step0:"+name)))
	}
	r.checkState(t, "after_step0", r.c.Tensors(t, "after_step0.safetensors"))
}

// checkState compares variables with those of a file. The key third of a qkv bias is left out: its
// exact gradient is zero, so what AdamW makes of it is rounding noise.
func (r *goldenStepRun) checkState(t *testing.T, key string, file *weights.File) {
	got, err := variables.Export(r.store, "/")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range file.Names() {
		if strings.HasPrefix(name, "center") {
			continue // see checkFinal
		}
		tol := r.c.Tolerance(key + ":" + name)
		have, want := graphtest.Floats(fromFile(t, got[name])), graphtest.Floats(load(t, file, name))
		if tol.Split == nil {
			testkit.AllClose(t, key+":"+name, have, want, testkit.Accept(tol))
			continue
		}
		third := len(want) / 3
		for _, part := range []int{0, 2} {
			from, to := part*third, (part+1)*third
			testkit.AllClose(t, fmt.Sprintf("%s:%s[%d:%d]", key, name, from, to), have[from:to], want[from:to],
				testkit.Accept(tol.Split[part]))
		}
	}
}

func (r *goldenStepRun) checkFinal(t *testing.T) {
	final := r.c.Tensors(t, "final.safetensors")
	r.checkState(t, "final", final)
	outputs := graphtest.Call(t, r.store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
		k := r.Params.Projector.Out
		stored := r.model.Center.state(scope, k).center.NodeValue(in[0].Graph())
		return []*graph.Node{stored, r.model.Center.Current(scope, in[0].Graph(), k)}
	}, scalar(0))
	for i, name := range []string{"center", "center_flushed"} {
		testkit.AllClose(t, name, graphtest.Floats(outputs[i]), graphtest.Floats(load(t, final, name)),
			testkit.Accept(r.c.Tolerance("final:"+name)))
	}
	eval := r.c.Tensors(t, "eval.safetensors")
	for _, name := range eval.Names() {
		tag, ok := strings.CutPrefix(name, "images.")
		if !ok {
			continue
		}
		outputs := graphtest.Call(t, r.store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
			out := r.model.Forward(scope, Input{Images: in[0]}, nil)
			return []*graph.Node{out.Embedding, out.Loss}
		}, load(t, eval, name))
		testkit.AllClose(t, "embedding."+tag, graphtest.Floats(outputs[0]),
			graphtest.Floats(load(t, eval, "embedding."+tag)), testkit.Accept(r.c.Tolerance("eval:embedding."+tag)))
		if loss := tensors.ToScalar[float32](outputs[1]); loss != 0 {
			t.Errorf("the loss of images is %g, want 0", loss)
		}
	}
}
