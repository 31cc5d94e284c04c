package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

const transcript = "\x16=== RUN   TestA\n\x16=== RUN   TestA/cpu\n\x16=== RUN   TestA/cpu/small_cpu\n    " +
	"a_test.go:3: --- PASS: TestB (0.00s)\nunfinished line\x16--- FAIL: TestA (0.00s)\n\x16    --- FAIL: TestA/cpu " +
	"(0.00s)\n\x16        --- PASS: TestA/cpu/small_cpu (0.00s)\n\x16=== RUN   TestB\n\x16--- SKIP: TestB " +
	"(0.00s)\n\x16=== RUN   TestC\npanic: no [recovered]\n"

func TestParse(t *testing.T) {
	want := verdicts{"TestA": failed, "TestA/*": failed, "TestA/*/small_cpu": passed, "TestB": skipped, "TestC": failed}
	got := parse(transcript, "cpu")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("verdicts (-want +got):\n%s", diff)
	}
	if c := got.count(); c != (count{passed: 1, failed: 3, skipped: 1}) {
		t.Errorf("counted %s", c)
	}
}

func TestNamesOfEnginesAreGeneral(t *testing.T) {
	for name, want := range map[string]string{
		"TestA/go/Dot.go": "TestA/*/Dot.go",
		"go":              "go", // the test itself is called so
		"TestB/algo":      "TestB/algo",
	} {
		if got := general(name, "go"); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
}

func TestListed(t *testing.T) {
	got := listed("I0101 a log line: TestX\nTestA\nBenchmarkB\nExampleC\nFuzzD\nok\n")
	if diff := cmp.Diff([]string{"TestA", "ExampleC", "FuzzD"}, got); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

func TestLaterVerdictsCount(t *testing.T) {
	v := verdicts{"TestA": failed, "TestB": passed}
	v.add(verdicts{"TestA": passed})
	if diff := cmp.Diff(verdicts{"TestA": passed, "TestB": passed}, v); diff != "" {
		t.Errorf("verdicts (-want +got):\n%s", diff)
	}
}

func TestCompare(t *testing.T) {
	stock := verdicts{
		"TestA": passed, "TestB": passed, "TestC": passed, "TestD": failed, "TestE": passed,
		"TestF": skipped,
	}
	ours := verdicts{"TestA": passed, "TestB": failed, "TestC": skipped, "TestD": failed, "TestF": failed}
	want := []finding{{"p", "TestB", "fails"}, {"p", "TestC", "skips it"}, {"p", "TestE", "does not get to it"}}
	if diff := cmp.Diff(want, compare("p", ours, stock), cmp.AllowUnexported(finding{})); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}
