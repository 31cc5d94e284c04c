package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestScripts runs the scripts of testdata/script. Beside testscript's own commands they have
//
//	photos DIR CLASSES EACH     draw images, in CLASSES folders or, for 0, in none
//	formats DIR                 one image of every format and colour model
//	exit CODE COMMAND…          run a command that must end with this code
//	events EVENT…               standard output is lines of JSON with these events and no others, of
//	                            the documented fields
//	damage FILE                 flip a bit in the middle of a file
//
// and the file tiny.yaml, the configuration of a run of a second.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			// the scripts run under the instruction set that the test runs under
			env.Setenv("DINO_CPU", os.Getenv("DINO_CPU"))
			text, err := os.ReadFile(tiny)
			if err != nil {
				return err
			}
			return os.WriteFile(env.WorkDir+"/tiny.yaml", text, 0o600)
		},
		Condition: func(name string) (bool, error) {
			if name != "root" { // whom no permission stops
				return false, fmt.Errorf("unknown condition %q", name)
			}
			return os.Geteuid() == 0, nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"photos": func(ts *testscript.TestScript, _ bool, args []string) {
				photos(ts, ts.MkAbs(args[0]), number(ts, args[1]), number(ts, args[2]))
			},
			"formats": func(ts *testscript.TestScript, _ bool, args []string) { formats(ts, ts.MkAbs(args[0])) },
			"exit":    exit,
			"events":  events,
			"damage":  damage,
		},
	})
}

func number(ts *testscript.TestScript, text string) int {
	n, err := strconv.Atoi(text)
	ts.Check(err)
	return n
}

func exit(ts *testscript.TestScript, _ bool, args []string) {
	code := 0
	var failed *exec.ExitError
	switch err := ts.Exec(args[1], args[2:]...); {
	case errors.As(err, &failed):
		code = failed.ExitCode()
	default:
		ts.Check(err)
	}
	if want := number(ts, args[0]); code != want {
		ts.Fatalf("exit code %d, want %d", code, want)
	}
}

func damage(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(args[0])
	text, err := os.ReadFile(path)
	ts.Check(err)
	text[len(text)/2] ^= 4
	ts.Check(os.WriteFile(path, text, 0o600))
}

// eventFields are the fields of every event, as docs/formats.md has them; those behind "?" are
// there only with labels, those behind "|" only without.
var eventFields = map[string]string{
	"start": "config engine images held_out classes steps from_step knn_untrained knn_pixels data network " +
		"parameters prototypes batch epochs global_crops global_size local_crops local_size memory memory_free",
	"estimate":  "left_s images_per_s steps",
	"baselines": "knn_untrained knn_pixels bank queries",
	"count":     "done total what per_s left_s",
	"step":      "step steps epoch epochs left_s max_entropy",
	"knn":       "epoch knn untrained pixels best",
	"note":      "text",
	"verdict":   "kind change severity confidence step since what evidence advice",
	"done": "steps teacher bad_images ? knn knn_best knn_untrained knn_pixels | rankme rankme_untrained " +
		"rankme_images",
}

// shown are the measurements of the status line, which the event "step" has too.
func shown() (names []string) {
	for _, m := range measurements.Shown() {
		names = append(names, m.Name)
	}
	return names
}

func events(ts *testscript.TestScript, _ bool, want []string) {
	seen := map[string]bool{}
	for line := range strings.Lines(ts.ReadFile("stdout")) {
		name, err := checkEvent(line)
		if err != nil {
			ts.Fatalf("%v", err)
		}
		seen[name] = true
	}
	for _, name := range want {
		if !seen[name] {
			ts.Fatalf("no event %q", name)
		}
		delete(seen, name)
	}
	if len(seen) > 0 {
		ts.Fatalf("unwanted events: %v", seen)
	}
}

// checkEvent returns the name of the event on a line, which must be one object with exactly the
// event's fields.
func checkEvent(line string) (string, error) {
	var object map[string]any
	if err := json.Unmarshal([]byte(line), &object); err != nil {
		return "", fmt.Errorf("%q is not JSON: %w", line, err)
	}
	name, _ := object["event"].(string)
	delete(object, "event")
	fields, known := eventFields[name]
	if !known {
		return "", fmt.Errorf("%q: no such event is documented", line)
	}
	always, labelled, _ := strings.Cut(fields, "?")
	required := strings.Fields(always)
	if name == "step" {
		required = append(required, shown()...)
	}
	for _, field := range required {
		if _, ok := object[field]; !ok {
			return "", fmt.Errorf("%q lacks %s", line, field)
		}
		delete(object, field)
	}
	for _, group := range strings.Split(labelled, "|") { // all of it or nothing
		fields := strings.Fields(group)
		there := slices.ContainsFunc(fields, func(field string) bool { _, ok := object[field]; return ok })
		for _, field := range fields {
			if _, ok := object[field]; there && !ok {
				return "", fmt.Errorf("%q lacks %s", line, field)
			}
			delete(object, field)
		}
	}
	for field := range object {
		return "", fmt.Errorf("%q has the field %s, which is not documented", line, field)
	}
	return name, nil
}

// The documentation of the events is the contract that the scripts check.
func TestEventsAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/formats.md")
	if err != nil {
		t.Fatal(err)
	}
	for name, fields := range eventFields {
		row := ""
		for line := range strings.Lines(string(text)) {
			if strings.HasPrefix(line, "| `"+name+"`") {
				row = line
			}
		}
		for _, field := range strings.Fields(strings.NewReplacer("?", "", "|", "").Replace(fields)) {
			if !strings.Contains(row, "`"+field+"`") {
				t.Errorf("docs/formats.md does not name the field %s of the event %s", field, name)
			}
		}
	}
}
