package check

import (
	"fmt"
	"strings"
	"time"

	"github.com/dino-go/dino/internal/data/survey"
	"github.com/dino-go/dino/internal/digits"
	"github.com/dino-go/dino/internal/progress"
	"github.com/dino-go/dino/internal/terminal"
)

// text is the report for a person, on a terminal of a width in characters; of 0, in long lines.
func (r *report) text(width int) terminal.Text {
	b := &lines{width: width}
	line := func(label, format string, args ...any) {
		b.print(fmt.Sprintf("%-9s ", label), 10, fmt.Sprintf(format, args...))
	}
	line("folder", "%s", r.Data)
	line("images", "%d, %s; %s", r.Images, digits.Bytes(r.Bytes), r.howMany())
	if r.Decoded > 0 {
		r.textOfImages(line)
	}
	if len(r.Ignored) > 0 || r.Hidden > 0 {
		line("ignored", "%s", r.ignored())
	}
	line("labels", "%s", r.labels())
	if r.Run != nil {
		r.textOfRun(line)
	}
	r.textOfFindings(b)
	return b.Text()
}

// howMany says how many images were looked at.
func (r *report) howMany() string {
	if r.Read < r.Images {
		return fmt.Sprintf("%d of them, spread evenly, looked at in %.1f s (%s a second)", r.Read, r.Seconds,
			digits.Significant(r.PerSecond))
	}
	return fmt.Sprintf("all looked at in %.1f s (%s a second)", r.Seconds, digits.Significant(r.PerSecond))
}

func (r *report) textOfImages(line func(label, format string, args ...any)) {
	line("formats", "%s", r.formats())
	line("stored as", "%s", r.stored())
	if r.Depth != nil {
		line("range", "%s", r.Depth.what)
	}
	s := r.Sizes
	line("size", "smallest %d × %d, median %d × %d, largest %d × %d (width × height)", s.Smallest[0], s.Smallest[1],
		s.Median[0], s.Median[1], s.Largest[0], s.Largest[1])
	line("", "shorter side: median %d; %s", s.ShorterSide, r.buckets())
	line("copies", "%d identical, %d nearly the same", r.Copies.Identical, r.Copies.Near)
}

func (r *report) formats() string {
	var parts []string
	for _, f := range r.Formats {
		parts = append(parts, fmt.Sprintf("%d %s", f.Images, f.Name))
	}
	return strings.Join(parts, ", ")
}

func (r *report) stored() string {
	var parts []string
	for _, k := range r.Stored {
		parts = append(parts, fmt.Sprintf("%d %s", k.Images, k.name()))
	}
	return strings.Join(parts, ", ")
}

// name is such as "rgb 8 bits", "grey 16 bits with alpha".
func (k samples) name() string {
	name := fmt.Sprintf("%s %d bits", k.Colour, k.Bits)
	if k.Bits == 1 {
		name = k.Colour + " 1 bit"
	}
	colours := map[string]int{"grey": 1, "rgb": 3, "palette": 1, "cmyk": 4}[k.Colour]
	switch {
	case k.Alpha:
		name += " with alpha"
	case colours > 0 && k.Channels == colours+1:
		name += " with one more channel"
	case colours > 0 && k.Channels > colours:
		name += fmt.Sprintf(" with %d more channels", k.Channels-colours)
	}
	return name
}

// buckets lists those that have images.
func (r *report) buckets() string {
	var parts []string
	for _, b := range r.Sizes.Buckets {
		if b.Images > 0 {
			parts = append(parts, fmt.Sprintf("%s: %d", b.name(), b.Images))
		}
	}
	return strings.Join(parts, ", ")
}

func (b bucket) name() string {
	switch {
	case b.Below == 0:
		return fmt.Sprintf("%d and more", b.From)
	case b.From <= 1:
		return fmt.Sprintf("below %d", b.Below)
	}
	return fmt.Sprintf("%d to %d", b.From, b.Below-1)
}

func (r *report) ignored() string {
	var parts []string
	for _, e := range r.Ignored[:min(8, len(r.Ignored))] {
		name := e.Ending
		if name == "" {
			name = "without ending"
		}
		parts = append(parts, fmt.Sprintf("%d %s", e.Files, name))
	}
	if len(r.Ignored) > len(parts) {
		parts = append(parts, "others")
	}
	if r.Hidden > 0 {
		parts = append(parts, fmt.Sprintf("%d whose names begin with a dot", r.Hidden))
	}
	return strings.Join(parts, ", ")
}

func (r *report) labels() string {
	l := r.Labels
	if l.Classes == 0 {
		return "none: " + l.Why + "; no k-NN score is measured while training"
	}
	return fmt.Sprintf("%d class folders, from %s (%d) to %s (%d); never trained on: %d images are held out and "+
		"classified by their neighbours (k-NN) to see whether the network learns", l.Classes, l.Largest.Name,
		l.Largest.Images, l.Smallest.Name, l.Smallest.Images, l.HeldOut)
}

func (r *report) textOfRun(line func(label, format string, args ...any)) {
	for _, f := range r.Run.facts() {
		line(f.Name, "%s", f.Value)
	}
	for i, s := range r.Run.Suggested {
		label := ""
		if i == 0 {
			label = "suggested"
		}
		line(label, "%-27s %v: %s", s.Option, s.Value, s.Why)
	}
}

// short is a time of less than a minute with two figures, or a longer one.
func short(s float64) string {
	switch {
	case s < 1:
		return fmt.Sprintf("%.0f ms", 1000*s)
	case s < 60:
		return fmt.Sprintf("%.2g s", s)
	}
	return progress.Duration(seconds(s))
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

func (r *report) textOfFindings(b *lines) {
	if len(r.Findings) == 0 {
		b.Printf("\nnothing was found that would keep a training from learning\n")
		return
	}
	for _, f := range r.Findings {
		b.Printf("\n")
		b.print("", 2, fmt.Sprintf("%s: %s [%s]", heading(f.Severity), f.What, f.Kind))
		group := 0
		for _, e := range f.Examples {
			mark := "   "
			if e.Group != group {
				mark = " = " // those that belong together begin here
			}
			group = e.Group
			b.print("  "+mark, 7, e.Path+behind(e.Detail))
		}
		for i, advice := range strings.Split(f.Advice, "\n") {
			mark := "  → "
			if i > 0 {
				mark = "    "
			}
			b.print(mark, 4, advice)
		}
	}
}

func heading(severity string) string {
	switch severity {
	case survey.Stop:
		return "STOPS A TRAINING"
	case survey.Warning:
		return "warning"
	}
	return "note"
}

func behind(detail string) string {
	if detail == "" {
		return ""
	}
	return "  (" + detail + ")"
}
