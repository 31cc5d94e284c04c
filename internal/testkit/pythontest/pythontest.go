// Package pythontest runs the programs that others use our files with: PyTorch and transformers,
// where a Python on this machine has them. It is imported by tests only.
package pythontest

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// Variable names the environment variable that holds the path of a Python to prefer.
const Variable = "DINO_TEST_PYTHON"

// Find returns a Python that has all modules, and skips the test where there is none.
func Find(t testing.TB, modules ...string) string {
	t.Helper()
	for _, python := range []string{os.Getenv(Variable), "/usr/bin/python3", "python3"} {
		if python != "" && exec.Command(python, append([]string{"-c", findModules}, modules...)...).Run() == nil {
			return python
		}
	}
	t.Skipf("no Python here has %s: install them, or name a Python that has them in %s", strings.Join(modules, " and "),
		Variable)
	return ""
}

const findModules = "import importlib.util, sys; sys.exit(not all(importlib.util.find_spec(m) for m in sys.argv[1:]))"

// Run runs a program and decodes the JSON that it prints into result. The test fails if the program
// does.
func Run(t testing.TB, python, program string, result any, args ...string) {
	t.Helper()
	cmd := exec.Command(python, append([]string{"-c", program}, args...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", python, err, stderr.String())
	}
	if err := json.Unmarshal(out, result); err != nil {
		t.Fatalf("%s prints no JSON: %v\n%s", python, err, out)
	}
}
