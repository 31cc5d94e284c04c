package folder

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dino-go/dino/internal/regularfile"
)

// Options tell Scan what an image is.
type Options struct {
	// Extensions are the endings of image files, lower case and with their dot
	// (".jpg"); a file's ending is compared without regard to case.
	Extensions []string
	// Lenient lists in Index.Refused what Scan would fail on below the root, and goes on; a folder
	// without images is an index without files.
	Lenient bool
}

// Scan lists the images below the folder root, at any depth. Files and folders
// whose name begins with a dot are left out. Links to folders are followed, but
// no folder is entered twice, so a loop ends; a folder that is reachable both
// directly and through a link is listed under its direct path. A link to an
// image is an image of its own.
//
// Scan fails when root is missing or is not a folder, when a folder cannot be
// read, when there is no image at all, and when ctx is done. It fails, too, when
// what has the name of an image is a link without target, or a named pipe or
// another thing that is no regular file: it can neither be an image nor be
// passed over in silence.
func Scan(ctx context.Context, root string, opts Options) (*Index, error) {
	if err := checkRoot(root); err != nil {
		return nil, err
	}
	real, err := realPath(root)
	if err != nil {
		return nil, fmt.Errorf("folder: resolving %s: %w", root, err)
	}
	s := &scanner{
		root: root, extensions: opts.Extensions, readDir: readDir, lenient: opts.Lenient,
		entered: map[string]string{},
	}
	if err := s.scan(ctx, real); err != nil {
		return nil, err
	}
	if len(s.files) == 0 && !s.lenient {
		return nil, fmt.Errorf("folder: no images in %s: looked for %s in it and its subfolders and saw %d other "+
			"files%s; check the folder, or convert the images to one of these formats",
			root, strings.Join(opts.Extensions, " "), s.others, s.mostIgnored())
	}
	slices.SortFunc(s.files, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	x := &Index{
		Root: root, Files: s.files, Others: s.others, Ignored: s.byCount(), Hidden: s.hidden, Skipped: s.skipped,
		Refused: s.refused,
	}
	x.label()
	return x, nil
}

// CheckBatch reports an index that has too few images to fill one batch. The
// images are those left for training; option names the setting to lower.
func CheckBatch(images, batch int, option string) error {
	switch {
	case batch < 1:
		return fmt.Errorf("folder: %s is %d: must be at least 1", option, batch)
	case images < batch:
		return fmt.Errorf("folder: there are %d images to train on, fewer than one batch of %d: set %s to %d or "+
			"less, or add images",
			images, batch, option, images)
	}
	return nil
}

// mostIgnored names the most frequent endings of other files.
func (s *scanner) mostIgnored() string {
	var parts []string
	for _, i := range s.byCount()[:min(3, len(s.ignored))] {
		parts = append(parts, fmt.Sprintf("%d %s", i.Count, cmp.Or(i.Ending, "without an ending")))
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

func checkRoot(root string) error {
	info, err := os.Stat(root)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("folder: folder %s does not exist: give the folder that holds the images", root)
	case err != nil:
		return fmt.Errorf("folder: cannot read folder %s: %w", root, err)
	case !info.IsDir():
		return fmt.Errorf("folder: %s is not a folder: give the folder that holds the images", root)
	}
	return nil
}

// scanner walks real folders first and links to folders afterwards, in sorted
// order, so that which path a folder is listed under does not depend on chance.
type scanner struct {
	root       string
	extensions []string
	readDir    func(string) ([]os.DirEntry, error)

	entered map[string]string // real path of a folder → the relative path it was entered by
	links   []folder          // links to folders that wait to be followed
	files   []File
	others  int
	ignored map[string]*Ignored // by ending
	hidden  int
	skipped []Skipped
	lenient bool
	refused []Refusal
}

// readDir lists a folder, with patience for errors of the system that may pass.
func readDir(path string) (entries []os.DirEntry, err error) {
	err = regularfile.Patiently(func() error {
		entries, err = os.ReadDir(path)
		return err
	})
	return entries, err
}

// folder is a directory by its path below the root and its path on disk with
// all links resolved.
type folder struct{ rel, real string }

func (s *scanner) scan(ctx context.Context, realRoot string) error {
	if err := s.walk(ctx, folder{rel: ".", real: realRoot}); err != nil {
		return err
	}
	for len(s.links) > 0 {
		slices.SortFunc(s.links, func(a, b folder) int { return cmp.Compare(a.rel, b.rel) })
		next := s.links[0]
		s.links = s.links[1:]
		if err := s.walk(ctx, next); err != nil {
			return err
		}
	}
	return nil
}

// walk lists dir and the real folders below it.
func (s *scanner) walk(ctx context.Context, dir folder) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("folder: scanning %s: %w", s.root, err)
	}
	if first, again := s.entered[dir.real]; again {
		s.skipped = append(s.skipped, Skipped{Path: dir.rel, Reason: "the same folder as " + first})
		return nil
	}
	s.entered[dir.real] = dir.rel
	entries, err := s.readDir(filepath.Join(s.root, filepath.FromSlash(dir.rel)))
	if err != nil {
		return s.refuse(dir.rel, fmt.Errorf("folder: cannot read folder %s of %s: %w; make it readable or move it "+
			"out of the data folder",
			dir.rel, s.root, err))
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			s.hidden++
			continue
		}
		below := folder{rel: path.Join(dir.rel, e.Name()), real: filepath.Join(dir.real, e.Name())}
		if err := s.visit(ctx, e, below); err != nil {
			return err
		}
	}
	return nil
}

// visit takes one entry of a folder.
func (s *scanner) visit(ctx context.Context, e os.DirEntry, at folder) error {
	switch {
	case e.IsDir():
		return s.walk(ctx, at)
	case e.Type()&fs.ModeSymlink != 0:
		return s.visitLink(at)
	case !s.isImage(e.Name()):
		s.ignore(at.rel)
		return nil
	case !e.Type().IsRegular():
		return s.noImage(at, regularfile.Check(at.real))
	}
	info, err := e.Info()
	if errors.Is(err, fs.ErrNotExist) {
		return nil // deleted since the folder was read
	}
	if err != nil {
		return s.refuse(at.rel, fmt.Errorf("folder: cannot read the size of %s in %s: %w", at.rel, s.root, err))
	}
	s.files = append(s.files, File{Path: at.rel, Size: info.Size(), Label: Unlabelled})
	return nil
}

// noImage refuses what has the name of an image and cannot be one.
func (s *scanner) noImage(at folder, err error) error {
	return s.refuse(at.rel, fmt.Errorf("folder: %s in %s has the name of an image, but cannot be one: %w; remove it "+
		"or bring its target back", at.rel, s.root, err))
}

// visitLink takes a symbolic link.
func (s *scanner) visitLink(at folder) error {
	info, err := os.Stat(at.real)
	switch {
	case err == nil && info.IsDir():
		real, err := realPath(at.real)
		if err != nil {
			return s.refuse(at.rel, fmt.Errorf("folder: resolving the link %s in %s: %w", at.rel, s.root, err))
		}
		s.links = append(s.links, folder{rel: at.rel, real: real})
	case !s.isImage(at.rel):
		s.ignore(at.rel)
	case err != nil:
		return s.noImage(at, err)
	case !info.Mode().IsRegular():
		return s.noImage(at, regularfile.Check(at.real))
	default:
		s.files = append(s.files, File{Path: at.rel, Size: info.Size(), Label: Unlabelled})
	}
	return nil
}

func (s *scanner) isImage(name string) bool {
	return slices.Contains(s.extensions, strings.ToLower(path.Ext(name)))
}

// realPath returns the absolute path of p with all links resolved.
func realPath(p string) (string, error) {
	abs, err := filepath.Abs(p)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(abs)
}
