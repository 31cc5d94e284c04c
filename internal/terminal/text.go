package terminal

import (
	"fmt"
	"io"
	"strings"
)

// Text is text for people whose untrusted parts are already escaped; its line breaks are intended.
type Text string

// Sprintf is fmt.Sprintf for people: every value is kept on its line, see [Line], except a [Text].
func Sprintf(format string, args ...any) Text {
	guarded := make([]any, len(args))
	for i, a := range args {
		guarded[i] = guard(a)
	}
	return Text(fmt.Sprintf(format, guarded...))
}

// guard wraps a value whose text is untrusted.
func guard(value any) any {
	switch value.(type) {
	case nil, Text, bool, int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64, float32, float64:
		return value
	}
	return guarded{value}
}

// guarded formats its value on one line.
type guarded struct{ value any }

// Format implements [fmt.Formatter].
func (g guarded) Format(s fmt.State, verb rune) {
	io.WriteString(s, Line(fmt.Sprintf(fmt.FormatString(s, verb), g.value)))
}

// Builder composes a [Text] from pieces.
type Builder struct{ text strings.Builder }

// Printf adds a piece as [Sprintf] composes it.
func (b *Builder) Printf(format string, args ...any) {
	b.text.WriteString(string(Sprintf(format, args...)))
}

// Text is what was composed.
func (b *Builder) Text() Text { return Text(b.text.String()) }

// Lines joins lines, of which each is kept on its own.
func Lines(lines []string, separator string) Text {
	var b Builder
	for i, line := range lines {
		if i > 0 {
			b.Printf("%s", Text(separator))
		}
		b.Printf("%s", line)
	}
	return b.Text()
}
