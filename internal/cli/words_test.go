package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"
)

// Errors of the system say in words what could not be done.
func TestPlainly(t *testing.T) {
	_, open := os.Open("none")
	_, stat := os.Stat("none")
	for _, c := range []struct {
		err  error
		want string
	}{
		{open, "cannot open none: no such file or directory"},
		{fmt.Errorf("embed: %w", stat), "embed: cannot find none: no such file or directory"},
		{
			errors.Join(open, fmt.Errorf("more: %w",
				&os.LinkError{Op: "rename", Old: "a", New: "b", Err: syscall.EACCES})),
			"cannot open none: no such file or directory\n  more: cannot rename a to b: permission denied",
		},
		{&fs.PathError{Op: "fsomething", Path: "x", Err: syscall.EIO}, "fsomething x: input/output error"},
		{errors.New("open question: why"), "open question: why"},
	} {
		if got := message(c.err, false); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// No refusal speaks Go: neither of its packages nor of its types.
func TestRefusalsSpeakNoGo(t *testing.T) {
	t.Chdir(t.TempDir())
	mustWrite(t, "bad.yaml", "a: [1, 2\nb: {")
	mustWrite(t, "list.yaml", "train: [1, 2]\n")
	mustWrite(t, "bad.csv", "path,label,width,height,e0\na/1.png,a,x,3,1\n")
	mustWrite(t, "bad.jsonl", "{\"path\": 3}\n")
	mustWrite(t, "bad.json", "{\"imlist\": 3}")
	unreadable(t, "photos/a/1.png")
	for _, args := range []string{
		"embed --quiet=maybe --data x", "pretrain --data photos --out r --epochs 1e3",
		"pretrain --data photos --out r --config bad.yaml", "pretrain --data photos --out r --config list.yaml",
		"pretrain --data photos --out r --set train=3", "pretrain --data photos --out r --set augment.mean=3",
		"pretrain --data photos --out r --set model.vit.image_size=3",
		"pretrain --data photos --out r --set data.dir=[1]",
		"pretrain --data photos --out r --set train.schedule.lr.warmup=soon", "pretrain --data photos --out r --seed x",
		"eval knn --data bad.csv", "eval knn --data bad.jsonl", "cluster none --out x", "inspect none",
		"inspect bad.yaml",
		"eval retrieval --database bad.csv --queries bad.csv --truth bad.json", "attention none --weights none --out x",
		"attention x --weights w --out o --fps abc", "attention x --weights w --out o --size axb", "eval linear --lr a",
		"embed --batch 9999999999999999999999", "cluster x --k 3 --out", "embed --weights w --data none --out x.csv",
	} {
		got := refusal(t, strings.Fields(args)...)
		for _, word := range []string{
			"strconv", "yaml.", "json:", "unmarshal", "was used where", "context", "syscall", "lstat", "int64",
			"float64",
			"nil", "panic", "goroutine", "[]", "invalid syntax", "%!",
		} {
			if strings.Contains(got, word) {
				t.Errorf("dino %s: says %q: %s", args, word, got)
			}
		}
	}
}
