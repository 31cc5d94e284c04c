package figures

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// marked is a passage between its marks: comments of Markdown or of YAML, each on a line of its own.
var marked = regexp.MustCompile(`(?ms)^((?:<!-- |# )make figures: ([a-z0-9 ]+?)(?: -->)?\n)(.*?)^(<!-- end -->|# end)$`)

// passages render what stands between the marks of a name.
var passages = map[string]func(figures) string{
	"demo":             func(f figures) string { return f.Demo.summary() },
	"demo by epochs":   func(f figures) string { return f.Demo.byEpochs() },
	"demo in bfloat16": func(f figures) string { return f.Demo.inBFloat16() },
	"recipe":           func(f figures) string { return f.Demo.recipe() },
}

// written returns a text with its passages as the figures have them. The text must have the named passages, in this order.
func written(text string, f figures, names []string) (string, error) {
	var found []string
	for _, match := range marked.FindAllStringSubmatch(text, -1) {
		found = append(found, match[2])
	}
	if !slices.Equal(found, names) {
		return "", fmt.Errorf("has the passages %v, want %v, each between the lines `make figures: NAME` and `end` in comments", found, names)
	}
	return marked.ReplaceAllStringFunc(text, func(passage string) string {
		match := marked.FindStringSubmatch(passage)
		return match[1] + passages[match[2]](f) + match[4]
	}), nil
}

// markdown is a passage with the empty lines that Markdown needs around comments.
func markdown(lines ...string) string { return "\n" + strings.Join(lines, "\n") + "\n\n" }
