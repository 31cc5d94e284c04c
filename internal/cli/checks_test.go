package cli

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dino-go/dino/internal/testkit/weightstest"
)

// attempt runs the command line in this process.
func attempt(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	root := newRoot()
	var out, errOut bytes.Buffer
	root.SetArgs(args)
	root.SetOut(&out)
	root.SetErr(&errOut)
	err := explained(root, root.ExecuteContext(t.Context()))
	if err != nil {
		errOut.WriteString("dino: " + message(err, false) + "\n")
	}
	return exitCode(err), out.String(), errOut.String()
}

// unreadable makes images that no decoder takes, so that reading one shows.
func unreadable(t *testing.T, files ...string) {
	t.Helper()
	for _, file := range files {
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755),
			os.WriteFile(file, []byte("no image"), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
}

// What cannot work is refused with code 2 before the first image is read: labels, numbers against
// rows, splits, places to write to, room. The images of this test can't be decoded; the first rows
// show what is printed when one is read.
func TestRefusedBeforeWork(t *testing.T) {
	t.Chdir(t.TempDir())
	weights := weightstest.Random(t, ".")
	unreadable(t, "flat/1.png", "flat/2.png", "classes/cat/1.png", "classes/cat/2.png", "classes/dog/1.png",
		"classes/dog/2.png", "birds/owl/9.png", "birds/owl/8.png", "oneclass/cat/1.png", "oneclass/cat/2.png",
		"single/1.png", "lonely/cat/1.png", "lonely/dog/1.png", "mixed/cat/1.png", "mixed/2.png", "file",
		"masks/else.png",
		"key.json", "videos/a/1.png", "videos/a/2.png")
	mustWrite(t, "key.json",
		`{"imlist": ["1", "seven"], "qimlist": ["1"], "gnd": [{"easy": [0], "hard": [], "junk": []}]}`)
	mustWrite(t, "f.csv", "path,label,width,height,e0\ncat/1.png,cat,9,9,1\ndog/1.png,dog,9,9,2\n")
	if err := errors.Join(os.MkdirAll("taken/clusters.csv", 0o755), os.MkdirAll("folder.csv", 0o755)); err != nil {
		t.Fatal(err)
	}
	const read = "an image is read" // for rows that must get as far
	for _, c := range []struct{ args, want string }{
		{"embed --data classes --out x.csv", read},
		{"eval knn --data classes", read},
		{"eval linear --data classes", read},
		{"eval retrieval --data classes", read},
		{"eval copies --database classes --queries flat", read},
		{"eval rank --data flat", read},
		{"compare-models WEIGHTS --data classes", read},
		{"cluster classes --k 2 --out x", read},
		{"attention flat --out x", read},

		{"embed --data classes --out file/x.csv", "embed: --out: file is a file: name a folder"},
		{
			"embed --data classes --out folder.csv",
			"embed: --out: cannot write folder.csv: is not a regular file but a folder",
		},
		{"eval knn --data mixed", `eval knn: mixed: embeddings: row 0 ("2.png") has no label`},
		{"eval knn --data flat", `row 0 ("1.png") has no label`},
		{"eval knn --train classes --test flat", `eval knn: flat: embeddings: row 0 ("1.png") has no label`},
		{"eval knn --train flat --test classes", `eval knn: flat: embeddings: row 0 ("1.png") has no label`},
		{"eval knn --data oneclass", "eval knn: oneclass: all 2 images are of one class, cat: a classifier needs"},
		{"eval knn --train oneclass --test classes", "oneclass: all 2 images are of one class, cat"},
		{"eval linear --data lonely", "eval linear: no class of lonely has two images, so none can be held out"},
		{
			"eval linear --train classes --test classes --val flat",
			`eval linear: flat: embeddings: row 0 ("1.png") has no label`,
		},
		{"eval logreg --data flat", `row 0 ("1.png") has no label`},
		{"eval logreg --train classes --test none", "folder none does not exist"},
		{"eval rank --data single", "eval rank: single has one image: at least two are needed"},
		{"eval retrieval --data flat", `row 0 ("1.png") has no label: every image must lie in a class folder; or give`},
		{"eval retrieval --database classes --queries birds", "no query is of a class of the database"},
		{"eval retrieval --database flat --queries flat --truth key.json", `there is no image "seven"`},
		{"eval copies --database classes --queries birds", `none of the 2 queries of "`},
		{"eval copies --database classes --queries classes --whiten none", "folder none does not exist"},
		{"eval segment --frames videos --masks masks", "masks/a/1.png"},
		{"eval knn --data classes --features last-9", `features are "last-9", but the network has 3 blocks`},
		{"compare-models WEIGHTS --data flat", `row 0 ("1.png") has no label`},
		{"compare-models WEIGHTS --data lonely", "no class of lonely has two images"},
		{"compare-models file WEIGHTS --data classes", "file"},
		{"cluster flat --k 3 --out x", "cluster: --k is 3: must be at most the number of images (2)"},
		{"cluster f.csv --k 3 --out x", "cluster: --k is 3: must be at most the number of images (2)"},
		{"cluster classes --k 2 --out file", "cluster: --out: file is a file: name a folder"},
		{"cluster classes --k 2 --out taken", "clusters.csv: is not a regular file but a folder"},
		{"cluster f.csv --k 2 --out x --images none", "--images is none: must be the folder"},
		{"dedup single --out x", "dedup: there is one image, and nothing to compare it with"},
		{"dedup classes --out file/below", "dedup: --out: file is a file"},
		{"attention flat --out file", "attention: --out: file is a file: name a folder"},
		{"attention flat --out x --masks masks", "attention: --masks masks: none of 2 images has a map there"},
		{"attention flat --out x --video none/film.mp4", "attention: --video: there is no folder none: make it first"},
		{"synth --out file", "synth: --out: file is a file: name a folder"},
		{"synth --out x --images 2000000000 --size 2048", "free: make room, or name another disk"},
		{
			"export WEIGHTS --to dino --out random.safetensors",
			"random.safetensors, which is the source: name another file",
		},
		{"export none.pth --to timm --out x.safetensors", "none.pth"},
	} {
		args := strings.Fields(strings.ReplaceAll(c.args, "WEIGHTS", weights))
		if network := args[0] != "compare-models" && args[0] != "synth" && args[0] != "export"; network &&
			args[1] != "f.csv" {
			args = append(args, "--weights", weights)
		}
		code, stdout, stderr := attempt(t, args...)
		reads := strings.Contains(stderr, "left out: ") || strings.Contains(stderr, " be decoded") ||
			strings.Contains(stderr, " read)")
		if c.want == read {
			if !reads || code == OK {
				t.Errorf("dino %s: no image is read:\n%s%s", c.args, stdout, stderr)
			}
			continue
		}
		if code != Usage || reads || !strings.Contains(stderr, c.want) || stdout != "" {
			t.Errorf("dino %s: code %d, an image is read: %v; want %q:\n%s%s", c.args, code, reads, c.want, stdout,
				stderr)
		}
	}
}
