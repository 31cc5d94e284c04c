package archtest

import (
	"bytes"
	"fmt"
	"go/scanner"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// The widest lines, in columns; a tab reaches to the next multiple of four.
const (
	maxProse = 100 // comments, and paragraphs of Markdown
	maxCode  = 120 // everything else, and what is preformatted in a comment
	tabWidth = 4
)

// columns is the width of a line, and that of the blank before its first character.
func columns(line string) (width, indent int) {
	blank := true
	for _, r := range line {
		if r == '\t' {
			width += tabWidth - width%tabWidth
		} else {
			width++
			blank = blank && r == ' '
		}
		if blank {
			indent = width
		}
	}
	return width, indent
}

// breakable tells whether a line of prose has a blank within the limit, after what begins it: a
// long address has none.
func breakable(line string, limit int) bool {
	text := strings.TrimLeft(line, "\t /#*->0123456789.")
	_, indent := columns(line[:len(line)-len(text)])
	blank := strings.IndexByte(text, ' ')
	return blank >= 0 && indent+utf8.RuneCountInString(text[:blank]) <= limit
}

// wideProse reports a line of prose that is too wide and can be broken.
func wideProse(line string, limit int) bool {
	width, _ := columns(line)
	return width > limit && breakable(line, limit)
}

// wideGo lists the lines of a Go file that are too wide. Lines that a raw string literal makes so
// are exempt: breaking them would change the text.
func wideGo(text []byte) []int {
	if bytes.HasPrefix(text, []byte("// Code generated ")) {
		return nil
	}
	lines := strings.Split(string(text), "\n")
	raw := map[int]bool{}
	var s scanner.Scanner
	files := token.NewFileSet()
	file := files.AddFile("", -1, len(text))
	s.Init(file, text, nil, 0)
	for {
		at, kind, literal := s.Scan()
		if kind == token.EOF {
			break
		}
		if kind != token.STRING || literal[0] != '`' {
			continue
		}
		first, rows := file.Line(at), strings.Count(literal, "\n")
		for n := first; rows > 0 && n <= first+rows; n++ {
			raw[n] = true
		}
		if _, indent := columns(lines[first-1]); indent+utf8.RuneCountInString(literal) >= maxCode {
			raw[first] = true
		}
	}
	var wide []int
	for i, line := range lines {
		comment, isComment := strings.CutPrefix(strings.TrimSpace(line), "//")
		width, _ := columns(line)
		switch {
		case raw[i+1] || strings.HasPrefix(comment, "go:"):
		case isComment && !strings.HasPrefix(comment, "\t"):
			if wideProse(line, maxProse) {
				wide = append(wide, i+1)
			}
		case width > maxCode:
			wide = append(wide, i+1)
		}
	}
	return wide
}

// wideMarkdown lists the lines of a Markdown file that are too wide. A row of a table is one line.
// A code block stands between fences, or is indented by four behind an empty line.
func wideMarkdown(text []byte) []int {
	var wide []int
	fenced, indented, empty := false, false, true
	for i, line := range strings.Split(string(text), "\n") {
		trimmed := strings.TrimSpace(line)
		width, indent := columns(line)
		indented = indent >= tabWidth && (indented || empty)
		empty = trimmed == ""
		code := fenced || indented
		switch {
		case strings.HasPrefix(trimmed, "```"):
			fenced = !fenced
		case strings.HasPrefix(trimmed, "|"):
		case code && width > maxCode, !code && wideProse(line, maxProse):
			wide = append(wide, i+1)
		}
	}
	return wide
}

// wideScript lists the lines that are too wide of a file whose comments begin with #.
func wideScript(text []byte) []int {
	var wide []int
	for i, line := range strings.Split(string(text), "\n") {
		limit := maxCode
		if strings.HasPrefix(strings.TrimSpace(line), "#") {
			limit = maxProse
		}
		if wideProse(line, limit) {
			wide = append(wide, i+1)
		}
	}
	return wide
}

// widths finds the lines of a file that are too wide, by its name; nil if the rule does not know
// such files.
func widths(name string) func(text []byte) []int {
	switch filepath.Ext(name) {
	case ".go":
		return wideGo
	case ".md":
		return wideMarkdown
	case ".yaml", ".yml", ".py", ".sh", ".mod":
		return wideScript
	}
	if name == "Makefile" || filepath.Base(filepath.Dir(name)) == ".ci" {
		return wideScript
	}
	return nil
}

func TestLinesFitTheScreen(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	made := []string{"bin", "demo"} // by make, at the root
	seen := map[string]int{}
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		short, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			hidden := strings.HasPrefix(d.Name(), ".") && d.Name() != ".ci" && path != root
			if hidden || slices.Contains(made, short) {
				return fs.SkipDir
			}
			return nil
		}
		find := widths(short)
		if find == nil || !d.Type().IsRegular() {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		seen[filepath.Ext(short)]++
		for _, line := range find(text) {
			t.Errorf("%s:%d: break this line: comments and prose have at most %d columns, code %d (a tab counts %d)",
				filepath.ToSlash(short), line, maxProse, maxCode, tabWidth)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen[".go"] < 500 || seen[".md"] < 10 || seen[".yaml"] < 3 || seen[""] < 2 {
		t.Errorf("read %v files: is this the module's checkout?", seen)
	}
}

// The rule is able to fail, and exempts what it says and no more.
func TestWideLinesAreSeen(t *testing.T) {
	pad := func(n int, with string) string { return strings.Repeat(with, n) }
	words := func(n int) string { return pad((n-1)/2, "w ") + pad(n-(n-1)/2*2, "w") }
	cases := []struct{ name, file, text, want string }{
		{"comment", "a.go", "// " + words(98), "[1]"},
		{"comment that fits", "a.go", "// " + words(97), "[]"},
		{"indented comment", "a.go", "\t\t// " + words(90), "[1]"},
		{"address in a comment", "a.go", "// https://" + pad(120, "a"), "[]"},
		{"formula in a comment", "a.go", "//\t" + words(116), "[]"},
		{"long formula in a comment", "a.go", "//\t" + words(117), "[1]"},
		{"directive", "a.go", "//go:generate " + words(120), "[]"},
		{"code", "a.go", "\tx := f(" + pad(120-12, "a") + ")", "[]"},
		{"long code", "a.go", "package a\n\tx := f(" + pad(120-11, "a") + ")", "[2]"},
		{"string", "a.go", `x := "` + words(120) + `"`, "[1]"},
		{"raw string", "a.go", "x := `" + words(118) + "`", "[]"},
		{"raw string that a break before it makes fit", "a.go", pad(60, "x") + " := `" + words(80) + "`", "[1]"},
		{"rows of a raw string", "a.go", "x := `\n" + words(130) + "\n`\n// " + words(120), "[4]"},
		{"comment of many bytes", "a.go", "// " + pad(40, "é ") + "é", "[]"},
		{"generated", "a.go", "// Code generated by x; DO NOT EDIT.\n// " + words(120), "[]"},
		{"paragraph", "a.md", words(101), "[1]"},
		{"item", "docs/a.md", "- " + words(99), "[1]"},
		{"table", "a.md", "| " + words(150) + " |", "[]"},
		{"code block", "a.md", "```\n" + words(120) + "\n" + words(121) + "\n```\n" + words(101), "[3 5]"},
		{"indented code", "a.md", "\n    " + words(116) + "\n    " + words(117) + "\nx\n    " + words(97), "[3 5]"},
		{"link", "a.md", "- [x](https://" + pad(120, "a") + ")", "[]"},
		{"recipe", "configs/a.yaml", "# " + words(99) + "\na: " + words(117) + "\nb: " + words(118), "[1 3]"},
		{"make", "Makefile", "# " + words(99), "[1]"},
		{"checks", ".ci/run", "# " + words(99), "[1]"},
	}
	for _, c := range cases {
		wide := widths(c.file)([]byte(c.text))
		if got := fmt.Sprint(wide); got != c.want {
			t.Errorf("%s: lines %s are too wide, want %s", c.name, got, c.want)
		}
	}
	if widths("image.png") != nil {
		t.Error("the rule reads pictures")
	}
}
