//go:build unix

package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestRunnerRunsTestsAfterAnEarlyExit has a program that prints what a test program does whose
// second test exits.
func TestRunnerRunsTestsAfterAnEarlyExit(t *testing.T) {
	program := filepath.Join(t.TempDir(), "p.test")
	script := "#!/bin/sh\n" + `run() { printf '\026=== RUN   %s\n' $1; }
pass() { printf '\026--- PASS: %s (0.00s)\n' $1; }
case "$*" in
*-test.list*) printf 'TestA\nTestB\nTestC\nTestD\n' ;;
*TestC*) run TestC; run TestC/$GOMLX_BACKEND; pass TestC; pass TestC/$GOMLX_BACKEND ;;
*TestD*) exit 2 ;;
*) run TestA; pass TestA; run TestB; echo "panic: no"; exit 2 ;;
esac
`
	if err := os.WriteFile(program, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	r := runner{limit: time.Minute}
	v, err := r.run(context.Background(), binary{importPath: gomlxModule + "/p", dir: t.TempDir(), program: program},
		ours)
	if err != nil {
		t.Fatal(err)
	}
	want := verdicts{"TestA": passed, "TestB": failed, "TestC": passed, "TestC/*": passed, "TestD": failed}
	for name, w := range want {
		if got, has := v[name]; !has || got != w {
			t.Errorf("%s: %v (%v), want %v", name, got, has, w)
		}
	}
	if len(v) != len(want) {
		t.Errorf("verdicts are %v", v)
	}
}
