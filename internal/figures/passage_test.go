package figures

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// marked is a passage between its marks: comments of Markdown or of YAML, each on a line of its
// own.
var marked = regexp.MustCompile(`(?ms)^((?:<!-- |# )make figures: ([a-z0-9 ]+?)(?: -->)?\n)(.*?)^(<!-- end -->|# end)$`)

// passages render what stands between the marks of a name.
var passages = map[string]func(figures) string{
	"demo":             func(f figures) string { return f.Demo.summary() },
	"demo by epochs":   func(f figures) string { return f.Demo.byEpochs() },
	"demo in bfloat16": func(f figures) string { return f.Demo.inBFloat16() },
	"recipe":           func(f figures) string { return f.Demo.recipe() },
}

// written returns a text with its passages as the figures have them. The text must have the named
// passages, in this order.
func written(text string, f figures, names []string) (string, error) {
	var found []string
	for _, match := range marked.FindAllStringSubmatch(text, -1) {
		found = append(found, match[2])
	}
	if !slices.Equal(found, names) {
		return "", fmt.Errorf("has the passages %v, want %v, each between the lines `make figures: NAME` and "+
			"`end` in comments", found, names)
	}
	return marked.ReplaceAllStringFunc(text, func(passage string) string {
		match := marked.FindStringSubmatch(passage)
		return match[1] + passages[match[2]](f) + match[4]
	}), nil
}

// proseWidth is how wide a line of a document may be; tables are as wide as they are.
const proseWidth = 100

// markdown is a passage with the empty lines that Markdown needs around comments.
func markdown(lines ...string) string {
	var text strings.Builder
	for _, line := range lines {
		text.WriteString("\n" + wrapped(line))
	}
	return text.String() + "\n\n"
}

// wrapped is a line of prose in lines of at most [proseWidth] characters; a row of a table stays.
func wrapped(line string) string {
	if strings.HasPrefix(line, "|") {
		return line
	}
	var lines []string
	for _, word := range strings.Fields(line) {
		if last := len(lines) - 1; last >= 0 && len([]rune(lines[last]+" "+word)) <= proseWidth {
			lines[last] += " " + word
		} else {
			lines = append(lines, word)
		}
	}
	return strings.Join(lines, "\n")
}
