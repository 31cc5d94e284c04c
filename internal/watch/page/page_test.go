package page

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	// declaration is a name that a module of the page declares.
	declaration = regexp.MustCompile(`(?m)^(?:export )?(?:async )?(?:const|let|function|class) (\w+)`)
	// unsafe is what makes text of a run folder into markup or code.
	unsafe = regexp.MustCompile(
		`innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function`)
)

// Every file of the page is served with its type, and the page asks for nothing else.
func TestFiles(t *testing.T) {
	files := Files()
	for name, f := range files {
		if f.Type == "" || len(f.Content) == 0 {
			t.Errorf("%s has type %q and %d bytes", name, f.Type, len(f.Content))
		}
		if name != "uPlot.iife.min.js" && name != "LICENSE" &&
			regexp.MustCompile(`https?:|//[a-z]+\.`).Match(f.Content) {
			t.Errorf("%s names another host", name)
		}
	}
	asked := regexp.MustCompile(`(?:src|href)="([^"#:]+)"`).FindAllSubmatch(files["index.html"].Content, -1)
	if len(asked) != 4 {
		t.Errorf("index.html asks for %d files", len(asked))
	}
	for _, a := range asked {
		if _, ok := files[string(a[1])]; !ok {
			t.Errorf("index.html asks for %s", a[1])
		}
	}
}

// The modules are all there, each behind those that it imports, and can be put together: no name
// stands at the top level of two.
func TestModules(t *testing.T) {
	scripts, err := filepath.Glob("static/*.js")
	if err != nil || len(scripts) != len(modules) {
		t.Errorf("%d scripts, %d in the list, %v", len(scripts), len(modules), err)
	}
	declared := map[string]string{}
	for i, name := range modules {
		text := string(read("static/" + name))
		for _, m := range regexp.MustCompile(`(?m)^import .*$`).FindAllString(text, -1) {
			from := regexp.MustCompile(`^import \{[^}]+\} from '\./([a-z]+\.js)';$`).FindStringSubmatch(m)
			if from == nil || !slices.Contains(modules[:i], from[1]) {
				t.Errorf("%s: %s", name, m)
			}
		}
		for _, m := range declaration.FindAllStringSubmatch(text, -1) {
			if other, twice := declared[m[1]]; twice {
				t.Errorf("%s is declared in %s and %s", m[1], other, name)
			}
			declared[m[1]] = name
		}
		if forbidden := unsafe.FindString(text); forbidden != "" {
			t.Errorf("%s uses %s: text of strangers could become HTML or code", name, forbidden)
		}
	}
	if bundle := Bundle(); bytes.Contains(bundle, []byte("\nimport ")) || bytes.Contains(bundle, []byte("\nexport ")) {
		t.Error("the bundle has modules left")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not there to check the syntax of the scripts: ", err)
	}
	check := exec.Command(node, "--input-type=module", "--check")
	check.Stdin = bytes.NewReader(Bundle())
	if output, err := check.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
}

// Data cannot leave their element, whatever they hold, and come back as they were.
func TestReport(t *testing.T) {
	want := map[string]string{"name": "</script><script>alert(1)</script><!-- script --><!-- end policy -->\u2028&"}
	got, err := Report(want)
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(got, []byte("</script>")); n != 3 {
		t.Errorf("%d scripts end, want 3", n)
	}
	if strings.Contains(string(got), "alert(1)</script>") || regexp.MustCompile(`(src|href)="[^#d]`).Match(got) {
		t.Error("the page holds a script of its data, or asks for a file")
	}
	_, rest, _ := strings.Cut(string(got), `<script type="application/json" id="data">`)
	text, _, _ := strings.Cut(rest, "</script>")
	back := map[string]string{}
	if err := json.Unmarshal([]byte(text), &back); err != nil || back["name"] != want["name"] {
		t.Errorf("%q, %v", back["name"], err)
	}
	if _, err := Report(func() {}); err == nil {
		t.Error("what is no JSON was taken")
	}
}
