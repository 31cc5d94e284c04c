package cli

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// The words that the status line, the verdict and the results use are in the glossary, each once;
// README and help lead there.
func TestGlossary(t *testing.T) {
	read := func(path string) string {
		text, err := os.ReadFile("../../" + path)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	text := read("docs/glossary.md")
	seen := map[string]int{}
	for _, row := range regexp.MustCompile(`(?m)^\| ([^|]+) \|`).FindAllStringSubmatch(text, -1) {
		for word := range strings.SplitSeq(row[1], ", ") {
			seen[strings.TrimSpace(word)]++
		}
	}
	for _, word := range []string{
		"loss", "entropy", "marginal entropy", "teacher entropy", "KL", "prototypes", "center", "temperature",
		"k-NN accuracy", "RankMe", "crop", "teacher", "student", "epoch", "step", "batch", "collapse", "ln K", "nat",
		"embedding", "class token", "patch", "checkpoint", "data wait", "learning rate", "LiDAR", "cosine similarity",
		"gradient norm", "momentum (of the teacher)",
	} {
		if seen[word] != 1 {
			t.Errorf("the glossary has %q %d times, want once", word, seen[word])
		}
	}
	if !strings.Contains(read("README.md"), "(docs/glossary.md)") {
		t.Error("README does not lead to the glossary")
	}
	if _, help, _ := attempt(t, "--help"); !strings.Contains(help, "docs/glossary.md") {
		t.Error("the help does not lead to the glossary")
	}
}
