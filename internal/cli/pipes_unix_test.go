//go:build unix

package cli

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dino-go/dino/internal/data/video"
)

// soon bounds what must not hang.
const soon = 2 * time.Minute

// ends runs a command that must end by itself, and returns its code and what it printed.
func ends(t *testing.T, name string, args ...string) (code int, printed string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), soon)
	defer cancel()
	var output bytes.Buffer
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdout, cmd.Stderr = &output, &output
	var failed *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	if ctx.Err() != nil {
		t.Fatalf("%s %q hangs: %s", name, args, output.String())
	}
	return cmd.ProcessState.ExitCode(), output.String()
}

// A named pipe, a device or a folder in the place of any file that a user names, or that lies in a
// folder that a user names, is refused at once.
func TestNoFileHangs(t *testing.T) {
	tiny, err := filepath.Abs(tiny)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	photos(t, "photos", 2, 4)
	_, run := trained(t)
	pipe := func(path string) string {
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), syscall.Mkfifo(path, 0o600)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	named := pipe("pipe")
	for _, suffix := range []string{"npy", "csv", "jsonl", "parquet", "safetensors", "png", "mp4"} {
		pipe("pipe." + suffix)
	}
	pipe("hub/model.safetensors")
	pipe("shards/one.safetensors")
	mustWrite(t, "shards/model.safetensors.index.json", `{"weight_map": {"a": "one.safetensors"}}`)
	pipe("index/model.safetensors.index.json")
	pipe("run/config.yaml")
	mustWrite(t, "run/teacher.safetensors", "")
	pipe("begun/metrics.jsonl")
	mustWrite(t, "begun/.lock", "")
	pipe("among/photo.png")
	pipe("masks/disc-rows/000.png")
	const refused = "is not a regular file but a named pipe"
	for _, c := range []struct {
		args string
		want string
	}{
		{"inspect " + named, refused},
		{"inspect /dev/zero", "but a device"},
		{"inspect hub", refused},
		{"inspect shards", refused},
		{"inspect index", refused},
		{"inspect run", refused},
		{"compare " + named + " " + named, refused},
		{"export " + named + " --to timm --out x.safetensors", refused},
		{"embed --weights " + named + " --data photos --out x.npy", refused},
		{"embed --weights hub --data photos --out pipe.npy", refused},
		{"embed --weights hub --data among --out x.npy", refused},
		{"pretrain --data photos --out new --config " + named, refused},
		{"pretrain --data photos --out new --config /dev/zero", "but a device"},
		{"pretrain --data photos --out new --config photos", "but a folder"},
		{"pretrain --data photos --out new --init " + named, refused},
		{"pretrain --data among --out new --config " + tiny, refused},
		{"pretrain --data photos --out begun --config " + tiny, refused},
		{"pretrain --data photos --out pipe --config " + tiny, "run folder: "},
		{"attention --weights " + named + " photos --out x", refused},
		{"attention --weights " + run + " pipe.png --out x", refused},
		{"attention --weights " + run + " pipe.mp4 --out x", refused},
		{"eval segment --weights " + run + " --frames photos --masks masks", refused},
		{"eval knn --train pipe.npy --test pipe.npy", refused},
		{"eval rank --data pipe.csv", refused},
		{"eval rank --data pipe.jsonl", refused},
		{"eval rank --data pipe.parquet", refused},
		{"eval rank --data pipe.safetensors", refused},
		{"cluster pipe.csv --k 2 --out x", refused},
		{"dedup pipe.jsonl --out x", refused},
	} {
		t.Run(c.args, func(t *testing.T) {
			if strings.Contains(c.args, ".mp4") {
				if _, err := video.Program(); err != nil {
					t.Skip(err)
				}
			}
			if code, printed := ends(t, "dino", strings.Fields(c.args)...); code == OK ||
				!strings.Contains(printed, c.want) {
				t.Errorf("dino %s: code %d, want an error with %q:\n%s", c.args, code, c.want, printed)
			}
		})
	}
}
