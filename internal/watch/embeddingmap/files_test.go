package embeddingmap

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

// The page asks for its own files, which are there and name no other host, and its scripts can be
// put together: each stands behind those that it imports, and no name stands at the top level of
// two.
func TestFiles(t *testing.T) {
	files := Files()
	for name, f := range files {
		if f.Type == "" || len(f.Content) == 0 || regexp.MustCompile(`https?:|//[a-z]+\.`).Match(f.Content) {
			t.Errorf("%s has type %q and %d bytes, or names another host", name, f.Type, len(f.Content))
		}
		if bad := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function`).
			Find(f.Content); bad != nil {
			t.Errorf("%s uses %s: text of strangers could become HTML or code", name, bad)
		}
	}
	asked := regexp.MustCompile(`(?:src|href)="([^"#:]+)"`).FindAllSubmatch(files["index.html"].Content, -1)
	if len(asked) != 3 {
		t.Errorf("index.html asks for %d files", len(asked))
	}
	for _, a := range asked {
		if _, ok := files[string(a[1])]; !ok {
			t.Errorf("index.html asks for %s", a[1])
		}
	}
	declared := map[string]string{}
	for i, name := range modules {
		for _, m := range regexp.MustCompile(`(?m)^import .*$`).FindAll(files[name].Content, -1) {
			from := regexp.MustCompile(`^import \{[^}]+\} from '\./([a-z]+\.js)';$`).FindSubmatch(m)
			if from == nil || !slices.Contains(modules[:i], string(from[1])) {
				t.Errorf("%s: %s", name, m)
			}
		}
		for _, m := range regexp.MustCompile(`(?m)^(?:export )?(?:async )?(?:const|let|function|class) (\w+)`).
			FindAllSubmatch(files[name].Content, -1) {
			if other, twice := declared[string(m[1])]; twice {
				t.Errorf("%s is declared in %s and %s", m[1], other, name)
			}
			declared[string(m[1])] = name
		}
	}
	if scripts, err := filepath.Glob("static/*.js"); err != nil || len(scripts)+len(shared)-1 != len(modules) {
		t.Errorf("%d own scripts, %d in all, %v", len(scripts), len(modules), err)
	}
}

// What a file holds is a script without errors of syntax, and no module of others.
func TestScript(t *testing.T) {
	script := document().Script
	if bytes.Contains(script, []byte("\nimport ")) || bytes.Contains(script, []byte("\nexport ")) {
		t.Error("the script has modules left")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not there to check the syntax of the script: ", err)
	}
	check := exec.Command(node, "--input-type=module", "--check")
	check.Stdin = bytes.NewReader(script)
	if output, err := check.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
}
