package prometheus

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/dino-go/dino/measure"
)

// prefix begins the name of every metric.
const prefix = "dino_"

// counted describes how far a run is. The names cannot be those of measurements of a run: see
// TestNamesAreApart.
var counted = measure.Table{
	{Name: "step", Doc: "optimizer steps that are done"},
	{Name: "steps", Doc: "optimizer steps of the whole run"},
	{Name: "epoch", Doc: "epoch of the last step, from 1; 0 before the first step"},
	{Name: "epochs", Doc: "epochs of the whole run"},
}

// Text is what Prometheus reads; empty before the run starts.
func (e *Exporter) Text() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	var text strings.Builder
	if e.table == nil {
		return ""
	}
	c := e.counted
	for i, n := range []int{c.step, c.steps, c.epoch, c.epochs} {
		e.write(&text, counted[i], float64(n))
	}
	for _, m := range e.table {
		if e.values.Has(m) {
			e.write(&text, m, e.values.Of(m))
		}
	}
	return text.String()
}

// write writes a gauge with what describes it. FormatFloat's words for what is non-finite are those
// of the format.
func (e *Exporter) write(text *strings.Builder, m measure.Measurement, x float64) {
	help := m.Doc
	if m.Unit != "" {
		help += " [" + m.Unit + "]"
	}
	name := prefix + m.Name
	fmt.Fprintf(text, "# HELP %s %s\n# TYPE %s gauge\n%s{run=\"%s\"} %s\n", name, helpEscapes.Replace(help), name,
		name, labelEscapes.Replace(strings.ToValidUTF8(e.run, "\uFFFD")), strconv.FormatFloat(x, 'g', -1, 64))
}

// Escapes of the format. A label also may hold any UTF-8; a line must not end within it.
var (
	helpEscapes  = strings.NewReplacer(`\`, `\\`, "\n", `\n`)
	labelEscapes = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)
)
