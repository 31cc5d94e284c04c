package main

import (
	"strings"
	"testing"
)

func TestExceptionsOfTheFileAreRead(t *testing.T) {
	list, err := parseExceptions(exceptionsText)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) == 0 || len(list) > 20 {
		t.Errorf("there are %d exceptions: the list is meant to be short, and not empty", len(list))
	}
}

func TestExceptionsHaveReasons(t *testing.T) {
	_, err := parseExceptions("# why\n\nml/nn TestA\n")
	if err == nil || !strings.Contains(err.Error(), "line 3") {
		t.Errorf("an exception without a reason: %v", err)
	}
}

func TestJudge(t *testing.T) {
	exceptions, err := parseExceptions("p TestA/x it has no x\np TestOld nobody knows\np TestGone nor this\np " +
		"TestSlow the stock engine has no time today\nnotrun TestZ unknown\n")
	if err != nil {
		t.Fatal(err)
	}
	got := judge([]finding{
		{"p", "TestA", "fails"},   // because of x
		{"p", "TestA/x", "fails"}, // the exception
		{"p", "TestA/x/deep", "fails"},
		{"p", "TestA/xy", "fails"},
		{"q", "TestA/x", "fails"},
	}, exceptions, map[string]verdicts{"p": {"TestA/x": failed, "TestOld": passed, "TestSlow": failed}, "q": {}})
	want := []string{
		"p TestA/xy: go:parallelism=-1 passes, cpu fails",
		"q TestA/x: go:parallelism=-1 passes, cpu fails",
		"p TestOld is an exception that is not needed: take it out of exceptions.txt",
		"p TestGone is an exception that is not needed: take it out of exceptions.txt",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("failures are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
