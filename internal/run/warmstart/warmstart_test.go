package warmstart

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/internal/checkpoint"
	"github.com/dino-go/dino/internal/testkit/graphtest"
	"github.com/dino-go/dino/internal/variables"
	"github.com/dino-go/dino/nets/projection"
	"github.com/dino-go/dino/nets/vit"

	"github.com/dino-go/dino/weights"
	"github.com/dino-go/dino/weights/layout"
)

// config is a small model with the official head.
func config() distill.Config {
	c := distill.DefaultConfig()
	c.Encoder, c.ViT = distill.EncoderCustom, vit.Custom(16, 8, 8, 1, 2)
	c.ProjectorHiddenDim, c.ProjectorBottleneckDim, c.NPrototypes = 12, 6, 10
	c.Head, c.CenterRule = distill.HeadOfficial, distill.CenterOfficial
	return c
}

var head = layout.Head{Kind: projection.Official, Hidden: 12, Bottleneck: 6, Prototypes: 10, Layers: 3}

// initialised returns a model with the initial values of a seed.
func initialised(t *testing.T, c distill.Config) (*distill.Model, *model.Store) {
	t.Helper()
	m, err := distill.New(c)
	if err != nil {
		t.Fatal(err)
	}
	store := model.NewStore()
	if err := m.Init(graphtest.Open(t), store, 1, [4]int{1, 3, 16, 16}); err != nil {
		t.Fatal(err)
	}
	return m, store
}

// random are tensors of the given shapes.
func random(shapes map[string][]int, seed uint64) map[string]weights.Tensor {
	r := rand.New(rand.NewPCG(seed, 0))
	out := map[string]weights.Tensor{}
	for name, shape := range shapes {
		n := 1
		for _, d := range shape {
			n *= d
		}
		values := make([]float32, n)
		for i := range values {
			values[i] = r.Float32()
		}
		out[name] = weights.FromFloat32s(shape, values)
	}
	return out
}

// full is a source that has everything.
func full() *layout.Model {
	c := config()
	center := weights.FromFloat32s([]int{1, 10}, []float32{1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
	m := &layout.Model{
		Teacher: random(c.ViT.Shapes(), 1), Student: random(c.ViT.Shapes(), 2),
		TeacherHead: random(head.Shapes(8), 3), StudentHead: random(head.Shapes(8), 4), Center: &center,
	}
	m.Path, m.Network, m.Head = "w.pth", c.ViT, &head
	return m
}

// holds verifies that the variables below a scope are the tensors.
func holds(t *testing.T, store *model.Store, scope string, want map[string]weights.Tensor) {
	t.Helper()
	got, err := variables.Export(store, scope)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(want) {
		t.Errorf("%s has %d variables, want %d", scope, len(got), len(want))
	}
	for name, w := range want {
		if !slices.Equal(got[name].Data, w.Data) {
			t.Errorf("%s: %s is not that of the source", scope, name)
		}
	}
}

// linesOf is [Load] of a source without moments, and what it says.
func linesOf(store *model.Store, m *distill.Model, from *layout.Model) ([]string, error) {
	loaded, err := Load(store, m, distill.DefaultOptimizer(), Source{Model: from})
	return loaded.Lines, err
}

// The moments come along where all parameters do, and where they are those of the optimizer and
// somebody says how many updates they have had; else none does, and a line says why.
func TestMoments(t *testing.T) {
	updates := &checkpoint.Updates{All: 70, LastLayer: 60}
	ofKind := func(kind string) distill.Optimizer {
		o := distill.DefaultOptimizer()
		o.Kind = kind
		return o
	}
	for _, kind := range []string{distill.OptimizerAdamW, distill.OptimizerLARS, distill.OptimizerMuon} {
		m, store := initialised(t, config())
		shapes := map[string][]int{}
		for _, p := range m.Parameters(store) {
			for _, path := range m.Moments(ofKind(kind), p) {
				shapes[strings.TrimPrefix(variables.Name(path), "optimizer.")] = p.Shape().Dimensions
			}
		}
		moments := random(shapes, 5)
		for name, test := range map[string]struct {
			change func(*Source, *distill.Optimizer)
			want   string
		}{
			"all": {func(*Source, *distill.Optimizer) {}, "optimizer: moments of the source, after 70 updates"},
			"nobody counts": {
				func(s *Source, _ *distill.Optimizer) { s.Updates = nil },
				"does not say how many updates",
			},
			"no student's head": {
				func(s *Source, _ *distill.Optimizer) { s.StudentHead = nil },
				"not all parameters are the source's",
			},
			"another optimizer": {
				func(_ *Source, o *distill.Optimizer) {
					o.Kind = map[string]string{"adamw": "lars", "lars": "muon", "muon": "adamw"}[kind]
				},
				"another optimizer's",
			},
			"one is missing": {
				func(s *Source, _ *distill.Optimizer) {
					s.Optimizer = maps.Clone(moments)
					delete(s.Optimizer, slices.Sorted(maps.Keys(moments))[0])
				},
				"another optimizer's",
			},
		} {
			m, store := initialised(t, config())
			from, o := Source{Model: full(), Updates: updates}, ofKind(kind)
			from.Optimizer = moments
			test.change(&from, &o)
			loaded, err := Load(store, m, o, from)
			if err != nil || !strings.Contains(loaded.Lines[3], test.want) {
				t.Errorf("%s, %s: says %q, %v, want %q", kind, name, loaded.Lines, err, test.want)
			}
			if name == "all" {
				holds(t, store, "/optimizer", moments)
			} else {
				holds(t, store, "/optimizer", nil)
			}
			if want := (name == "all"); (loaded.Before == *updates) != want ||
				(loaded.Before == checkpoint.Updates{}) == want {
				t.Errorf("%s, %s: the moments have had %v", kind, name, loaded.Before)
			}
		}
	}
}

func TestEverythingComesAlong(t *testing.T) {
	m, store := initialised(t, config())
	from := full()
	lines, err := linesOf(store, m, from)
	if err != nil {
		t.Fatal(err)
	}
	holds(t, store, "/backbone/teacher", from.Teacher)
	holds(t, store, "/backbone/student", from.Student)
	holds(t, store, "/projector/teacher", from.TeacherHead)
	holds(t, store, "/projector/student", from.StudentHead)
	holds(t, store, "/dino_loss", map[string]weights.Tensor{
		"center": *from.Center, "queued": weights.FromFloat32s([]int{1, 10}, make([]float32, 10)),
		"center_set": weights.FromFloat32s(nil, []float32{1}), "queued_set": weights.FromFloat32s(nil, []float32{0}),
	})
	want := []string{
		"backbone: student and teacher", "head: student and teacher", "center: that of the source",
		"optimizer: starts anew, the source has no moments", "left over: nothing",
	}
	if !slices.Equal(lines, want) {
		t.Errorf("says %q, want %q", lines, want)
	}
}

// What the source lacks is copied from the other of the pair, or stays as it was.
func TestWhatTheSourceLacks(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*layout.Model, *distill.Config)
		want   []string
		head   bool
	}{
		{
			"no student", func(m *layout.Model, _ *distill.Config) { m.Student, m.StudentHead = nil, nil },
			[]string{
				"the student starts as a copy of the teacher", "the student's starts as a copy of the teacher's",
				"that of the source",
			},
			true,
		},
		{
			"head of the student alone", func(m *layout.Model, _ *distill.Config) { m.TeacherHead = nil },
			[]string{"student and teacher", "the teacher's starts as a copy of the student's", "that of the source"},
			true,
		},
		{"backbone alone", func(m *layout.Model, _ *distill.Config) {
			m.Student, m.StudentHead, m.TeacherHead, m.Head, m.Center = nil, nil, nil, nil, nil
		}, []string{"copy of the teacher", "random, the source has none", "starts anew, the source has none"}, false},
		{
			"no center", func(m *layout.Model, _ *distill.Config) { m.Center = nil },
			[]string{"", "student and teacher", "starts anew, the source has none"},
			true,
		},
		{
			"another head", func(_ *layout.Model, c *distill.Config) { c.NPrototypes = 11 },
			[]string{"", "random, the source has another: official, 3 layers of 12, bottleneck 6, 10 prototypes, " +
				"this run has official, 3 layers of 12, bottleneck 6, 11 prototypes", "starts anew with the head"},
			false,
		},
		{
			"another kind of head", func(_ *layout.Model, c *distill.Config) { c.Head = distill.HeadSeed },
			[]string{"", "this run has seed, 3 layers of 12", "starts anew with the head"},
			false,
		},
		{
			"Sinkhorn-Knopp", func(_ *layout.Model, c *distill.Config) { c.Targets = distill.TargetsSinkhorn },
			[]string{"", "", "not used by this run"},
			true,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, from := config(), full()
			test.change(from, &c)
			m, store := initialised(t, c)
			before, err := variables.Export(store, "/projector/student")
			if err != nil {
				t.Fatal(err)
			}
			lines, err := linesOf(store, m, from)
			if err != nil {
				t.Fatal(err)
			}
			for i, want := range test.want {
				if !strings.Contains(lines[i], want) {
					t.Errorf("says %q, want %q", lines[i], want)
				}
			}
			holds(t, store, "/backbone/teacher", from.Teacher)
			if student := from.Student; student != nil {
				holds(t, store, "/backbone/student", student)
			} else {
				holds(t, store, "/backbone/student", from.Teacher)
			}
			switch {
			case !test.head:
				holds(t, store, "/projector/student", before)
			case from.StudentHead != nil:
				holds(t, store, "/projector/student", from.StudentHead)
			default:
				holds(t, store, "/projector/student", from.TeacherHead)
			}
		})
	}
}

// The backbone must fit: nothing is set if it does not.
func TestAnotherBackboneIsAnError(t *testing.T) {
	c := config()
	c.ViT.Depth = 2
	m, store := initialised(t, c)
	before, err := variables.Export(store, "/")
	if err != nil {
		t.Fatal(err)
	}
	_, err = linesOf(store, m, full())
	if err == nil || !strings.Contains(err.Error(), "weights: w.pth does not fit model.vit") ||
		!strings.Contains(err.Error(), "missing blocks.1.") {
		t.Errorf("got %v", err)
	}
	holds(t, store, "/", before)
}

func TestLeftOverIsNamed(t *testing.T) {
	m, store := initialised(t, config())
	from := full()
	from.Report.LeftOver = []layout.Tensor{
		{Name: "head.weight", Shape: []int{10, 8}, Why: "classifier"},
		{Name: "x", Shape: []int{}},
	}
	lines, err := linesOf(store, m, from)
	if want := "left over: 2 tensors, head.weight [10 8] (classifier), x []"; err != nil || lines[4] != want {
		t.Errorf("says %q, %v, want %q", lines[4], err, want)
	}
	from.Report.LeftOver = append(from.Report.LeftOver, make([]layout.Tensor, 5)...)
	if lines, err = linesOf(store, m, from); err != nil ||
		!strings.HasPrefix(lines[4], "left over: 7 tensors, head.weight [10 8]") ||
		!strings.HasSuffix(lines[4], " and more; dino inspect lists all") {
		t.Errorf("says %q, %v", lines[4], err)
	}
}
