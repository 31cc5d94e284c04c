// Package terminal escapes untrusted text before it reaches a terminal. Names of files, tensors,
// classes and keys, and the errors that quote them, may contain any character: control sequences
// that move the cursor, rename the window or type commands, bidirectional controls, invisible
// characters. These are printed as escapes; all others (é, 漢字, 🙂) as they are.
//
// There are two layers. [NewWriter] wraps standard output and standard error, so that no code can
// print a control sequence by accident. [Sprintf] formats lines for people: it escapes line breaks
// in its arguments, so that a name cannot imitate a line of output.
//
// Tests: property (nothing dangerous gets through, JSON keeps its meaning), known answer.
package terminal

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Line returns text as one line without control sequences. Escapes are those of JSON: "\u001b",
// "\n"; a byte that is no UTF-8 is "\xff".
func Line(text string) string { return escape(text, nil) }

// escape replaces dangerous characters, but for those that pass lets through; it is told whether a
// character begins a line.
func escape(text string, pass func(r rune, begins bool) bool) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return r == utf8.RuneError || dangerous(r) }) {
		return text
	}
	var b strings.Builder
	before := rune('\n')
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		rest := text[i+size:]
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, text[i])
		case !dangerous(r) || joins(before, r, rest) || pass != nil && pass(r, before == '\n'):
			b.WriteString(text[i : i+size])
		default:
			writeEscape(&b, r)
		}
		before, i = r, i+size
	}
	return b.String()
}

// joins tells whether a zero width joiner or non-joiner does its work: between two characters of
// emoji, or of a script that has letters in several forms. All these lie behind the Armenian
// letters.
func joins(before, r rune, rest string) bool {
	after, _ := utf8.DecodeRuneInString(rest)
	return (r == '\u200c' || r == '\u200d') && wide(before) && wide(after)
}

func wide(r rune) bool { return r > '\u058f' && r != utf8.RuneError && !dangerous(r) }

// short are the characters that JSON has a letter for.
var short = map[rune]string{'\n': `\n`, '\r': `\r`, '\t': `\t`, '\b': `\b`, '\f': `\f`}

func writeEscape(b *strings.Builder, r rune) {
	if s, ok := short[r]; ok {
		b.WriteString(s)
		return
	}
	if high, low := utf16.EncodeRune(r); high != utf8.RuneError {
		fmt.Fprintf(b, `\u%04x\u%04x`, high, low)
		return
	}
	fmt.Fprintf(b, `\u%04x`, r)
}

// dangerous tells whether a character may do something to a terminal, or show nothing: controls
// (C0, DEL, C1), separators of lines and paragraphs, and formatting characters, of which those that
// reverse the order of letters and those of zero width are a part; but not the signs of Arabic and
// Syriac that stand before numbers and are visible.
func dangerous(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp) || unicode.Is(unicode.Cf, r) &&
		!unicode.Is(unicode.Prepended_Concatenation_Mark, r) || invisible(r)
}

// invisible tells whether a character has a glyph of no width without being a formatting character:
// fillers of Hangul, and the grapheme joiner.
func invisible(r rune) bool {
	switch r {
	case '\u034f', '\u115f', '\u1160', '\u17b4', '\u17b5', '\u3164', '\uffa0':
		return true
	}
	return false
}
