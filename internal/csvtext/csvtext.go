// Package csvtext escapes the text cells of CSV files against formula injection: a spreadsheet
// evaluates a cell that begins with "=", so that the name of a file could send the other cells to a
// server.
//
// A text that a spreadsheet could take for a formula gets an apostrophe in front, which
// spreadsheets understand as "text". So that every text can be read back exactly, a text that
// begins with apostrophes and then with such a character gets one more. Numbers are no text: -0.5
// stays a number.
//
// Tests: property (every text comes back), known answer.
package csvtext

import (
	"io"
	"strings"
	"unicode"
)

// Escape returns the cell for a text.
func Escape(text string) string {
	if looksLikeFormula(text) {
		return "'" + text
	}
	return text
}

// Unescape returns the text of a cell that [Escape] made. Any other cell is returned as it is, as
// far as that can be told.
func Unescape(cell string) string {
	if text, ok := strings.CutPrefix(cell, "'"); ok && looksLikeFormula(text) {
		return text
	}
	return cell
}

// looksLikeFormula tells whether a text begins, behind any apostrophes, with what makes it a
// formula: also behind spaces and characters that cannot be seen, which some spreadsheets take off,
// and the wide forms, which are taken for the narrow ones in some languages.
func looksLikeFormula(text string) bool {
	text = strings.TrimLeft(text, "'")
	visible := strings.TrimLeftFunc(text,
		func(r rune) bool { return r == '\'' || unicode.In(r, unicode.White_Space, unicode.Cf) })
	return strings.IndexAny(text, "\t\r\n") == 0 || strings.IndexAny(visible, "=+-@＝＋－＠") == 0
}

// NewReader returns a reader of CSV text for [encoding/csv], which would drop the "\r" of a "\r\n"
// within quotes: it is doubled there.
func NewReader(r io.Reader) io.Reader { return &reader{from: r} }

type reader struct {
	from    io.Reader
	quoted  bool
	pending bool   // the last byte was a "\r" within quotes
	ready   []byte // to be returned next
	err     error
	buffer  [1 << 14]byte
}

// Read implements [io.Reader].
func (r *reader) Read(p []byte) (int, error) {
	for len(r.ready) == 0 && r.err == nil {
		n, err := r.from.Read(r.buffer[:])
		r.fill(r.buffer[:n])
		r.err = err
	}
	n := copy(p, r.ready)
	r.ready = r.ready[n:]
	if len(r.ready) > 0 {
		return n, nil
	}
	return n, r.err
}

func (r *reader) fill(text []byte) {
	r.ready = r.ready[:0]
	for _, c := range text {
		if c == '"' {
			r.quoted = !r.quoted
		}
		if c == '\n' && r.pending {
			r.ready = append(r.ready, '\r')
		}
		r.pending = r.quoted && c == '\r'
		r.ready = append(r.ready, c)
	}
}
