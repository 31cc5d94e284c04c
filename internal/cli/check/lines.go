package check

import (
	"strings"
	"unicode/utf8"

	"github.com/dino-go/dino/internal/terminal"
)

// lines composes text whose paragraphs are wrapped to a width.
type lines struct {
	terminal.Builder
	width int // in characters; 0 wraps nothing
}

// narrowest is the width below which wrapping would make a column of single words.
const narrowest = 40

// print adds a paragraph behind a label, its further lines indented. What steers a terminal is
// escaped in the text.
func (b *lines) print(label string, indent int, text string) {
	text = terminal.Line(text)
	if b.width < narrowest {
		b.Printf("%s%s\n", terminal.Text(label), terminal.Text(text))
		return
	}
	line, column := label, utf8.RuneCountInString(label)
	begun := false // a word stands in the line
	for word := range strings.SplitSeq(text, " ") {
		n := utf8.RuneCountInString(word)
		if begun && column+1+n >= b.width {
			b.Printf("%s\n", terminal.Text(line))
			line, column, begun = strings.Repeat(" ", indent), indent, false
		}
		if begun {
			line += " "
			column++
		}
		line += word
		column += n
		begun = true
	}
	b.Printf("%s\n", terminal.Text(line))
}
