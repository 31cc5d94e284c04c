package testkit

import "testing"

func TestPassage(t *testing.T) {
	const file = "a\n<!-- make x -->\n\nold\n\n<!-- end -->\nb\n<!-- make y -->\n\nc\n\n<!-- end -->\n"
	const want = "a\n<!-- make x -->\n\nnew\n\n<!-- end -->\nb\n<!-- make y -->\n\nc\n\n<!-- end -->\n"
	if got, ok := withPassage(file, "x", "new\n"); !ok || got != want {
		t.Errorf("got %v, %q", ok, got)
	}
	if got, ok := withPassage(want, "x", "new\n"); !ok || got != want {
		t.Errorf("what is right changes to %q", got)
	}
	for _, text := range []string{"a\n", "<!-- make x -->\nno end\n"} {
		if _, ok := withPassage(text, "x", "new\n"); ok {
			t.Errorf("%q has a passage", text)
		}
	}
}
