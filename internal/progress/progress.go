// Package progress shows a person, or a program, how a run is getting on: one line that is redrawn
// on a terminal, plain lines elsewhere, JSON lines, or nothing.
package progress

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/dino-go/dino/internal/terminal"
)

// Mode is a form of output.
type Mode int

// The forms of output.
const (
	Plain    Mode = iota // a line now and then
	Terminal             // one line, redrawn
	JSON                 // an object a line
	Quiet                // errors only
)

// ModeFor returns the mode for the flags and what output goes to.
func ModeFor(out io.Writer, quiet, asJSON bool) Mode {
	switch {
	case asJSON:
		return JSON
	case quiet:
		return Quiet
	}
	if terminal.Is(out) {
		return Terminal
	}
	return Plain
}

// Status is where a run stands after a step.
type Status struct {
	Step    int // steps done
	Steps   int
	Epoch   int // counted from 1
	Epochs  int
	Left    time.Duration // estimate for the rest of the whole run; negative where there is none yet
	Numbers []Number      // what was measured, in the order of the line
}

// Number is a number of a [Status].
type Number struct {
	Name  string // of the field, for a program
	Value float64
	Text  string // in the line for a person; empty for a number that it leaves out
}

// Fields are the fields of an event in JSON mode.
type Fields map[string]any

// fields is the status for a program.
func (s Status) fields() Fields {
	fields := Fields{
		"step": s.Step, "steps": s.Steps, "epoch": s.Epoch, "epochs": s.Epochs, "left_s": nil,
	}
	if s.Left >= 0 {
		fields["left_s"] = math.Round(s.Left.Seconds())
	}
	for _, n := range s.Numbers {
		fields[n.Name] = n.Value
	}
	return fields
}

// Intervals between two displays of the status.
const (
	terminalEvery = 200 * time.Millisecond
	plainEvery    = 15 * time.Second
	jsonEvery     = time.Second
)

// Printer writes progress. It may be used by several goroutines.
type Printer struct {
	out     io.Writer
	results io.Writer // where results go; out, unless they are kept apart
	mode    Mode

	mu    sync.Mutex
	shown time.Time // when the status was last shown
	drawn int       // runes of the status line that stands on the terminal
	pace  pace      // of the count under way
}

// New returns a printer.
func New(out io.Writer, mode Mode) *Printer { return &Printer{out: out, results: out, mode: mode} }

// Mode is the printer's form of output.
func (p *Printer) Mode() Mode { return p.mode }

// Step shows the status, unless it was shown a moment ago; the last step is always shown.
func (p *Printer) Step(s Status) {
	p.show("step", s.Step == s.Steps, s.line, s.fields)
}

// show displays what passes by: a line for a person, or the fields of an event, unless something
// was shown a moment ago.
func (p *Printer) show(event string, last bool, line func() string, fields func() Fields) {
	p.mu.Lock()
	defer p.mu.Unlock()
	every := map[Mode]time.Duration{Terminal: terminalEvery, Plain: plainEvery, JSON: jsonEvery}[p.mode]
	if p.mode == Quiet || (time.Since(p.shown) < every && !last) {
		return
	}
	p.shown = time.Now()
	switch p.mode {
	case JSON:
		writeEvent(p.out, event, fields())
	case Terminal:
		text := clip(terminal.Line(line()), terminal.Width(p.out))
		terminal.Control(p.out, "\r"+terminal.Colored(p.out, terminal.Aside, fmt.Sprintf("%-*s", p.drawn, text)))
		p.drawn = len([]rune(text))
	case Plain:
		fmt.Fprintln(p.out, terminal.Line(line()))
	}
}

// clip cuts a line so that it fits into a terminal with the cursor behind it: one that wraps could
// not be redrawn. A width of 0 leaves it.
func clip(line string, width int) string {
	if runes := []rune(line); width > 0 && len(runes) >= width {
		return string(runes[:width-1])
	}
	return line
}

// line is the status for a person.
func (s Status) line() string {
	text := fmt.Sprintf("epoch %d/%d  step %d/%d", s.Epoch, s.Epochs, s.Step, s.Steps)
	if s.Left >= 0 {
		text += "  " + Duration(s.Left) + " left"
	}
	for _, n := range s.Numbers {
		if n.Text != "" {
			text += "  " + n.Text
		}
	}
	return text
}

// Note prints a line that stays. In JSON mode it is the event "note". Values are escaped as those
// of [Printer.Event].
func (p *Printer) Note(format string, args ...any) {
	p.Event("note", Fields{"text": fmt.Sprintf(format, args...)}, format, args...)
}

// Event prints a line that stays; in JSON mode, the object {"event": name, …fields} in its place.
// In the line, what steers a terminal and line breaks are escaped in every value, except in a
// [terminal.Text]; fields are exact.
func (p *Printer) Event(name string, fields Fields, format string, args ...any) {
	p.print(p.out, name, fields, terminal.Sprintf(format, args...))
}

// print prints a line that stays to one of the outputs.
func (p *Printer) print(out io.Writer, name string, fields Fields, line terminal.Text) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch p.mode {
	case Quiet:
	case JSON:
		writeEvent(out, name, fields)
	default:
		if p.drawn > 0 {
			terminal.Control(p.out, fmt.Sprintf("\r%*s\r", p.drawn, ""))
			p.drawn = 0
		}
		terminal.Fprintln(out, colors[name], string(line))
	}
}

// colors set events off, by their names.
var colors = map[string]terminal.Color{
	"bad": terminal.Caution, "note": terminal.Caution, "stage": terminal.Aside, "collapse": terminal.Problem,
}

// Close ends the status line.
func (p *Printer) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.drawn > 0 {
		fmt.Fprintln(p.out)
		p.drawn = 0
	}
}

// writeEvent writes one JSON line, the event's name first. A non-finite number is null.
func writeEvent(out io.Writer, name string, fields Fields) {
	line := fmt.Appendf(nil, `{"event":%q`, name)
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		value := fields[key]
		if x, ok := value.(float64); ok && (math.IsNaN(x) || math.IsInf(x, 0)) {
			value = nil
		}
		text, err := json.Marshal(value)
		if err != nil {
			text, _ = json.Marshal(err.Error())
		}
		line = fmt.Appendf(line, ",%q:%s", key, text)
	}
	out.Write(append(line, "}\n"...))
}

// Duration is a length of time for a person: "3d 04h", "2h 05m", "3m 20s", "45s".
func Duration(d time.Duration) string {
	s := int(d.Round(time.Second).Seconds())
	switch {
	case s >= 48*3600:
		return fmt.Sprintf("%dd %02dh", s/86400, s%86400/3600)
	case s >= 3600:
		return fmt.Sprintf("%dh %02dm", s/3600, s%3600/60)
	case s >= 60:
		return fmt.Sprintf("%dm %02ds", s/60, s%60)
	}
	return fmt.Sprintf("%ds", s)
}
