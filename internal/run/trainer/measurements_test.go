package trainer

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/google/go-cmp/cmp"

	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/measure"
	"github.com/dino-go/dino/optim"

	"github.com/dino-go/dino/internal/testkit"
)

var update = flag.Bool("update", false, "write the table of measurements into docs/formats.md")

// The fields of metrics.jsonl, their order and their tags are a contract: docs/formats.md.
func TestMeasurementsAreAContract(t *testing.T) {
	table := Measurements(distill.MeasurementsOf(distill.DefaultConfig()))
	if err := table.Validate(); err != nil {
		t.Fatal(err)
	}
	var tags []string
	for _, m := range table {
		tags = append(tags, m.Tag())
	}
	want := strings.Fields(`train/loss train/teacher_entropy train/marginal_entropy train/kl train/max_prob
		train/center_norm train/feature_std train/grad_norm train/target_gain
		train/grad_norm_input train/grad_norm_blocks train/grad_norm_head train/teacher_distance train/update_size
		schedule/lr schedule/weight_decay schedule/momentum schedule/teacher_temp
		speed/images_per_s speed/data_wait eval/knn eval/knn_untrained eval/knn_pixels
		probe/probe_rankme probe/probe_std`)
	if diff := cmp.Diff(want, tags); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestMeasurementsAreDocumented keeps the table in docs/formats.md equal to the code's.
func TestMeasurementsAreDocumented(t *testing.T) {
	path := filepath.Join("..", "..", "..", "docs", "formats.md")
	every := distill.DefaultConfig()
	every.KoLeoWeight = 0.1
	testkit.Passage(t, path, "measurements", documented(distill.MeasurementsOf(every)), *update)
}

// documented is the table of the measurements of a run in Markdown.
func documented(computed []distill.Measurement) string {
	var text strings.Builder
	text.WriteString("| field | unit | TensorBoard | of micro-batches | status line | |\n|---|---|---|---|---|---|\n")
	for _, m := range Measurements(computed) {
		over, shown, doc := "", "", m.Doc
		if i := slices.IndexFunc(computed, func(c distill.Measurement) bool { return c.Name == m.Name }); i >= 0 {
			over = "mean"
			if computed[i].Forward == nil {
				over = "whole batch"
			}
		}
		if m.Status.Text != nil {
			shown = "yes"
		}
		if m.Sometimes {
			doc += " (not in every line)"
		}
		fmt.Fprintf(&text, "| `%s` | %s | `%s` | %s | %s | %s |\n", m.Name, m.Unit, m.Tag(), over, shown, doc)
	}
	return text.String()
}

// extra are two measurements of this test alone: twice the loss, and three times the norm of the
// gradient.
func extra() []distill.Measurement {
	return []distill.Measurement{
		{
			Measurement: measure.Measurement{
				Name: "extra_loss", Group: "test", Unit: "nats", Doc: "twice the loss",
				Status: measure.Status{Place: 9, Text: func(x float64) string { return fmt.Sprintf("extra %.3f", x) }},
			},
			Forward: func(out distill.Output) *graph.Node { return graph.MulScalar(out.Loss, 2) },
		}, {
			Measurement: measure.Measurement{Name: "extra_norm", Group: "test", Doc: "three times the norm"},
			Gradient: func(gradients []*graph.Node) *graph.Node {
				return graph.MulScalar(optim.Norm(gradients), 3)
			},
		},
	}
}

// A measurement that is added to the table, and nowhere else, is computed by the step, averaged
// over micro-batches or taken of the whole batch, and reaches both logs, the status line and the
// documentation.
func TestMeasurementThatIsAdded(t *testing.T) {
	for _, parts := range []int{1, 2} {
		s := small(t)
		var out bytes.Buffer
		s.epochs, s.accumulate, s.measure, s.out = 1, parts, extra(), &out
		s.schedule.TeacherTemp.Warmup.Count = 1
		e := s.finished(t)
		if len(e.records) != stepsPerEpoch {
			t.Fatalf("%d lines", len(e.records))
		}
		lines, err := os.ReadFile(filepath.Join(s.dir, "metrics.jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		events := eventFile(t, s.dir)
		for i, line := range strings.Split(strings.TrimSpace(string(lines)), "\n") {
			var object map[string]float64
			if err := json.Unmarshal([]byte(line), &object); err != nil {
				t.Fatal(err)
			}
			for name, want := range map[string]float64{
				"extra_loss": 2 * object["loss"], "extra_norm": 3 * object["grad_norm"],
			} {
				got := object[name]
				if !(math.Abs(got-want) < 1e-5*want) || got != e.records[i].Values[name] {
					t.Errorf("%d micro-batches, step %d: %s is %g, want %g", parts, i, name, got, want)
				}
				if !bytes.Contains(events, scalar("test/"+name, got)) {
					t.Errorf("%d micro-batches, step %d: the event file has no test/%s of %g", parts, i, name, got)
				}
			}
		}
		first := e.records[0].Values
		if want := fmt.Sprintf("  extra %.3f\n", first["extra_loss"]); !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, &out)
		}
	}
	text := documented(append(distill.MeasurementsOf(distill.DefaultConfig()), extra()...))
	for _, want := range []string{
		"| `extra_loss` | nats | `test/extra_loss` | mean | yes | twice the loss |\n",
		"| `extra_norm` |  | `test/extra_norm` | whole batch |  | three times the norm |\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// eventFile is the content of the run's one event file.
func eventFile(t *testing.T, dir string) []byte {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "events", "*"))
	if err != nil || len(paths) != 1 {
		t.Fatalf("%v, %v, want one event file", paths, err)
	}
	text, err := os.ReadFile(paths[0])
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// scalar is a Summary.Value message of an event file: field 1 is the tag, field 2 a float32.
func scalar(tag string, x float64) []byte {
	text := append([]byte{1<<3 | 2, byte(len(tag))}, tag...)
	return binary.LittleEndian.AppendUint32(append(text, 2<<3|5), math.Float32bits(float32(x)))
}
