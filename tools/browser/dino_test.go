package browser

import (
	"bufio"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// program builds dino, once; DINO_BINARY names one that is built.
var program = sync.OnceValues(func() (string, error) {
	if named := os.Getenv("DINO_BINARY"); named != "" {
		return filepath.Abs(named)
	}
	dir, err := os.MkdirTemp("", "dino-browser-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "dino")
	build := exec.Command("go", "build", "-o", path, "./cmd/dino")
	build.Dir = filepath.Join("..", "..")
	output, err := build.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w\n%s", err, output)
	}
	return path, nil
})

// dino is a command that the test ends itself: by its context the page would lose its server before
// the browser is asked what went wrong.
func dino(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	return exec.Command(path, args...)
}

// must runs dino to its end.
func must(t *testing.T, args ...string) {
	t.Helper()
	if output, err := dino(t, args...).CombinedOutput(); err != nil {
		t.Fatalf("dino %v: %v\n%s", args, err, output)
	}
}

// start runs dino until the test ends.
func start(t *testing.T, args ...string) {
	t.Helper()
	cmd := dino(t, args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
}

// watch starts the page and returns its address.
func watch(t *testing.T, args ...string) string {
	t.Helper()
	return served(t, append([]string{"watch"}, args...)...)
}

// served starts a verb that shows a page and returns its address.
func served(t *testing.T, args ...string) string {
	t.Helper()
	cmd := dino(t, args...)
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	for lines := bufio.NewScanner(output); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "http://") {
			return lines.Text()
		}
	}
	t.Fatalf("dino %v printed no address", args)
	return ""
}

// shapes draws images in two class folders.
func shapes(t *testing.T, dir string) {
	t.Helper()
	for class := range 2 {
		for i := range 20 {
			img := image.NewNRGBA(image.Rect(0, 0, 20, 20))
			for p := range 400 {
				v := uint8((p%20*class + p/20*(1-class)) * (i + 1))
				img.SetNRGBA(p%20, p/20, color.NRGBA{v, 255 - v, uint8(40 * class), 255})
			}
			path := filepath.Join(dir, fmt.Sprintf("class-%d", class), fmt.Sprintf("%02d.png", i))
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			f, err := os.Create(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := png.Encode(f, img); err != nil {
				t.Fatal(err)
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "class-0", "broken.png"), []byte("no image <b>"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// tiny is the configuration of the smallest runs.
const tiny = "../../internal/cli/testdata/tiny.yaml"
