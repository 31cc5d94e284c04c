package archtest

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// The container is built by a pinned Go that the module may be built with, from a base that is
// pinned or empty, and runs as no root.
func TestDockerfile(t *testing.T) {
	read := func(path string) string {
		text, err := os.ReadFile("../../" + path)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	text := read("Dockerfile")
	needed := regexp.MustCompile(`(?m)^go (\d+\.\d+)\.(\d+)$`).FindStringSubmatch(read("go.mod"))
	for _, from := range regexp.MustCompile(`(?m)^FROM (\S+)`).FindAllStringSubmatch(text, -1) {
		pinned := regexp.MustCompile(`^golang:(\d+\.\d+)\.(\d+)-bookworm$`).FindStringSubmatch(from[1])
		switch {
		case from[1] == "scratch":
		case pinned == nil:
			t.Errorf("the base %s is not pinned to a version", from[1])
		case pinned[1] != needed[1] || len(pinned[2]) < len(needed[2]) || pinned[2] < needed[2]:
			t.Errorf("the base %s is older than go %s.%s, which go.mod needs", from[1], needed[1], needed[2])
		}
	}
	for _, want := range []string{
		"\nUSER 65532:65532\n", "GOEXPERIMENT=simd CGO_ENABLED=0 go build",
		"\nFROM scratch\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the Dockerfile has no %q", want)
		}
	}
}
