package folder

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dino-go/dino/internal/testkit"
)

var jpegOnly = Options{Extensions: []string{".jpg", ".png"}}

// makeTree writes one file per path below a new folder; a file's size is the
// length of its path. A path that ends in a slash becomes an empty folder.
func makeTree(t *testing.T, paths ...string) string {
	t.Helper()
	root := t.TempDir()
	for _, p := range paths {
		full := filepath.Join(root, filepath.FromSlash(p))
		if strings.HasSuffix(p, "/") {
			mustMkdir(t, full)
			continue
		}
		mustMkdir(t, filepath.Dir(full))
		if err := os.WriteFile(full, []byte(p), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func mustMkdir(t *testing.T, dir string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
}

func mustSymlink(t *testing.T, target, link string) {
	t.Helper()
	if err := os.Symlink(target, link); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
}

func mustScan(t *testing.T, root string) *Index {
	t.Helper()
	x, err := Scan(context.Background(), root, jpegOnly)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func paths(x *Index) []string {
	var list []string
	for _, f := range x.Files {
		list = append(list, f.Path)
	}
	return list
}

func TestScanSortsPathsAndSkipsHidden(t *testing.T) {
	root := makeTree(t, "b.jpg", "a/z.PNG", "a/deep/er/y.jpg", "a.jpg", "a-b/x.JPG",
		".hidden.jpg", ".cache/c.jpg", "a/.trash/d.jpg", "notes.txt", "a/noextension", "empty/", "jpg")
	x := mustScan(t, root)
	want := []string{"a-b/x.JPG", "a.jpg", "a/deep/er/y.jpg", "a/z.PNG", "b.jpg"}
	if diff := cmp.Diff(want, paths(x)); diff != "" {
		t.Errorf("paths (-want +got):\n%s", diff)
	}
	if x.Others != 3 {
		t.Errorf("others = %d, want 3 (notes.txt, a/noextension, jpg)", x.Others)
	}
	if got, want := x.Files[0].Size, int64(len("a-b/x.JPG")); got != want {
		t.Errorf("size = %d, want %d", got, want)
	}
	if got, want := x.Path(2), filepath.Join(root, "a", "deep", "er", "y.jpg"); got != want {
		t.Errorf("Path(2) = %s, want %s", got, want)
	}
}

func TestScanFollowsLinksToFolders(t *testing.T) {
	outside := makeTree(t, "far/one.jpg", "two.jpg")
	root := makeTree(t, "own/three.jpg")
	mustSymlink(t, outside, filepath.Join(root, "linked"))
	mustSymlink(t, filepath.Join(outside, "two.jpg"), filepath.Join(root, "own", "four.jpg"))
	want := []string{"linked/far/one.jpg", "linked/two.jpg", "own/four.jpg", "own/three.jpg"}
	x := mustScan(t, root)
	if diff := cmp.Diff(want, paths(x)); diff != "" {
		t.Errorf("paths (-want +got):\n%s", diff)
	}
	if got, want := x.Files[2].Size, int64(len("two.jpg")); got != want {
		t.Errorf("size of a link = %d, want its target's %d", got, want)
	}
}

func TestScanEndsOnLoopsAndPrefersDirectPaths(t *testing.T) {
	root := makeTree(t, "z/a.jpg", "z/sub/b.jpg")
	mustSymlink(t, root, filepath.Join(root, "z", "loop"))                       // to an ancestor
	mustSymlink(t, filepath.Join(root, "z"), filepath.Join(root, "aa"))          // sorts before its target
	mustSymlink(t, filepath.Dir(root), filepath.Join(root, "z", "sub", "above")) // a folder that contains root
	x := mustScan(t, root)
	if diff := cmp.Diff([]string{"z/a.jpg", "z/sub/b.jpg"}, paths(x)); diff != "" {
		t.Errorf("paths (-want +got):\n%s", diff)
	}
	want := []Skipped{{"aa", "the same folder as z"}, {"z/loop", "the same folder as ."}}
	for _, w := range want {
		found := false
		for _, s := range x.Skipped {
			found = found || s == w
		}
		if !found {
			t.Errorf("skipped = %v, want it to hold %v", x.Skipped, w)
		}
	}
}

// Of two links to one folder the one whose path sorts first is followed, whichever is come across
// first: paths, and with them the order of training, must not hang on the order of the walk.
func TestScanFollowsTheFirstOfTwoLinks(t *testing.T) {
	outside, root := makeTree(t, "x.jpg"), makeTree(t, "a/y.jpg")
	mustSymlink(t, outside, filepath.Join(root, "a", "link")) // the folder a is walked before a-link is read
	mustSymlink(t, outside, filepath.Join(root, "a-link"))
	x := mustScan(t, root)
	if diff := cmp.Diff([]string{"a-link/x.jpg", "a/y.jpg"}, paths(x)); diff != "" {
		t.Errorf("paths (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]Skipped{{"a/link", "the same folder as a-link"}}, x.Skipped); diff != "" {
		t.Errorf("skipped (-want +got):\n%s", diff)
	}
}

// A link without target is passed over unless it has the name of an image: then the data are not
// what their listing says.
func TestScanRefusesImageLinksWithoutTarget(t *testing.T) {
	root := makeTree(t, "a.jpg")
	mustSymlink(t, filepath.Join(root, "gone"), filepath.Join(root, "broken"))
	if x := mustScan(t, root); x.Others != 1 || len(x.Files) != 1 {
		t.Errorf("others = %d, files = %v, want 1 and a.jpg", x.Others, x.Files)
	}
	mustSymlink(t, filepath.Join(root, "gone.jpg"), filepath.Join(root, "broken.jpg"))
	_, err := Scan(context.Background(), root, Options{Extensions: []string{".jpg"}})
	if err == nil || !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "broken.jpg") {
		t.Errorf("got %v, want an error that names broken.jpg", err)
	}
}

func TestScanErrors(t *testing.T) {
	file := filepath.Join(makeTree(t, "file.jpg"), "file.jpg")
	tests := []struct {
		name, root string
		want       []string
	}{
		{"missing", filepath.Join(t.TempDir(), "none"), []string{"none does not exist"}},
		{"not a folder", file, []string{"file.jpg is not a folder"}},
		{
			"no images", makeTree(t, "a.txt", "b/c.gif", ".d.jpg"),
			[]string{"no images in", ".jpg .png", "saw 2 other files"},
		},
		{"empty", t.TempDir(), []string{"saw 0 other files"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Scan(context.Background(), test.root, jpegOnly)
			testkit.RequireError(t, err, test.want...)
		})
	}
}

// A test that runs as root can read every folder, so the failure is injected.
func TestScanNamesUnreadableFolder(t *testing.T) {
	root := makeTree(t, "a/x.jpg", "b/locked/y.jpg")
	s := &scanner{
		root: root, extensions: jpegOnly.Extensions, entered: map[string]string{},
		readDir: func(dir string) ([]os.DirEntry, error) {
			if filepath.Base(dir) == "locked" {
				return nil, &fs.PathError{Op: "open", Path: dir, Err: fs.ErrPermission}
			}
			return os.ReadDir(dir)
		},
	}
	err := s.scan(context.Background(), root)
	testkit.RequireError(t, err, "folder b/locked of "+root, "permission")
	if !errors.Is(err, fs.ErrPermission) {
		t.Errorf("error %v does not wrap its cause", err)
	}
}

// The folder that a link leads to is a folder like any other: what cannot be read there is missed
// by nobody else.
func TestScanNamesUnreadableFolderBehindALink(t *testing.T) {
	outside, root := makeTree(t, "x.jpg"), makeTree(t, "a/y.jpg")
	mustSymlink(t, outside, filepath.Join(root, "linked"))
	s := &scanner{
		root: root, extensions: jpegOnly.Extensions, entered: map[string]string{},
		readDir: func(dir string) ([]os.DirEntry, error) {
			if filepath.Base(dir) == "linked" {
				return nil, &fs.PathError{Op: "open", Path: dir, Err: fs.ErrPermission}
			}
			return os.ReadDir(dir)
		},
	}
	testkit.RequireError(t, s.scan(context.Background(), root), "folder linked of "+root, "permission")
}

// entryWithoutSize is an image of which the system does not tell the size.
type entryWithoutSize struct {
	os.DirEntry
	err error
}

func (e entryWithoutSize) Info() (fs.FileInfo, error) { return nil, e.err }

// An image that was deleted since its folder was read is none; one whose size cannot be read is an
// error, and no image of size 0.
func TestScanNamesAFileWithoutSize(t *testing.T) {
	for _, err := range []error{fs.ErrNotExist, errors.New("no size today")} {
		root := makeTree(t, "a/x.jpg", "a/y.jpg")
		s := &scanner{
			root: root, extensions: jpegOnly.Extensions, entered: map[string]string{},
			readDir: func(dir string) ([]os.DirEntry, error) {
				entries, problem := os.ReadDir(dir)
				for i, e := range entries {
					if e.Name() == "x.jpg" {
						entries[i] = entryWithoutSize{e, err}
					}
				}
				return entries, problem
			},
		}
		got := s.scan(context.Background(), root)
		if err != fs.ErrNotExist {
			testkit.RequireError(t, got, "the size of a/x.jpg in "+root, "no size today")
		} else if got != nil || len(s.files) != 1 || s.files[0].Path != "a/y.jpg" {
			t.Errorf("error %v and files %v, want a/y.jpg alone", got, s.files)
		}
	}
}

func TestScanStopsWithContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := Scan(ctx, makeTree(t, "a.jpg"), jpegOnly)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want context.Canceled", err)
	}
}

func TestCheckBatch(t *testing.T) {
	if err := CheckBatch(64, 64, "batch"); err != nil {
		t.Error(err)
	}
	testkit.RequireError(t, CheckBatch(12, 64, "train.batch"), "12 images", "batch of 64",
		"set train.batch to 12 or less")
	testkit.RequireError(t, CheckBatch(12, 0, "train.batch"), "train.batch is 0", "at least 1")
}
