package folder

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDigestFollowsPathsAndSizesOnly(t *testing.T) {
	root := makeTree(t, "a/x.jpg", "b/y.jpg")
	moved := makeTree(t, "b/y.jpg", "a/x.jpg", "note.txt")
	digest := mustScan(t, root).Digest()
	if got := mustScan(t, moved).Digest(); got != digest {
		t.Errorf("digest changed with the folder's place: %s, want %s", got, digest)
	}
	renamed := mustScan(t, makeTree(t, "a/x.jpg", "b/z.jpg")).Digest()
	if err := os.WriteFile(filepath.Join(root, "a", "x.jpg"), []byte("longer than before"), 0o600); err != nil {
		t.Fatal(err)
	}
	resized := mustScan(t, root).Digest()
	if renamed == digest || resized == digest || renamed == resized {
		t.Errorf("digests %s, %s (renamed), %s (resized) must differ", digest, renamed, resized)
	}
}

// The encoding must not let two lists run together into the same bytes.
func TestDigestIsUnambiguous(t *testing.T) {
	a := &Index{Files: []File{{Path: "a1", Size: 2}, {Path: "b", Size: 3}}}
	b := &Index{Files: []File{{Path: "a", Size: 12}, {Path: "b", Size: 3}}}
	if a.Digest() == b.Digest() {
		t.Error("different lists have one digest")
	}
}

func TestLabels(t *testing.T) {
	tests := []struct {
		name    string
		files   []string
		classes []string
		labels  []int
		why     string
	}{
		{
			name: "classes", files: []string{"cat/1.jpg", "cat/deep/2.jpg", "dog/1.jpg"},
			classes: []string{"cat", "dog"},
			labels:  []int{0, 0, 1},
		},
		// In byte order of paths "a-b/…" comes before "a/…".
		{
			name: "byte order", files: []string{"a/1.jpg", "a-b/1.jpg"}, classes: []string{"a", "a-b"},
			labels: []int{1, 0},
		},
		{name: "flat", files: []string{"1.jpg", "2.jpg"}, labels: []int{-1, -1}, why: "1.jpg lies in no subfolder"},
		{
			name: "one stray", files: []string{"cat/1.jpg", "dog/1.jpg", "stray.jpg"}, labels: []int{-1, -1, -1},
			why: "stray.jpg lies in no subfolder",
		},
		{
			name: "one class", files: []string{"cat/1.jpg", "cat/2.jpg"}, labels: []int{-1, -1},
			why: "cat is the only subfolder",
		},
		{
			name: "splits", files: []string{"Train/a/1.jpg", "val/a/1.jpg"}, labels: []int{-1, -1},
			why: "the subfolders are splits (Train, val), not classes; give one of them as the data folder to " +
				"use its classes",
		},
		{
			name: "a class called test", files: []string{"exam/1.jpg", "test/1.jpg"}, classes: []string{"exam", "test"},
			labels: []int{0, 1},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			x := mustScan(t, makeTree(t, test.files...))
			if diff := cmp.Diff(test.classes, x.Classes); diff != "" {
				t.Errorf("classes (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.labels, x.Labels(x.All())); diff != "" {
				t.Errorf("labels (-want +got):\n%s", diff)
			}
			if x.WhyUnlabelled != test.why {
				t.Errorf("reason = %q, want %q", x.WhyUnlabelled, test.why)
			}
			if x.Labelled() != (test.classes != nil) {
				t.Errorf("Labelled() = %v with classes %v", x.Labelled(), test.classes)
			}
		})
	}
}
