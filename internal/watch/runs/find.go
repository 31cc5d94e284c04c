package runs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/dino-go/dino/internal/runfiles"
)

// Bounds of a search.
const (
	maxDepth   = 3      // folders below the one that was named
	maxFolders = 20_000 // that are looked at: it may be a folder of images
)

// IsRun tells whether a folder is a run's: it has metrics, or a configuration beside something else
// that runs leave, for others have files of that name, too.
func IsRun(path string) bool {
	if isFile(filepath.Join(path, runfiles.Metrics)) {
		return true
	}
	if !isFile(filepath.Join(path, runfiles.Config)) {
		return false
	}
	for _, name := range []string{runfiles.Lock, runfiles.Checkpoints, runfiles.Teacher} {
		if _, err := os.Lstat(filepath.Join(path, name)); err == nil {
			return true
		}
	}
	return false
}

func isFile(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode().IsRegular()
}

// Find returns the runs that paths name: a run itself, or all at most three folders below, in the
// order of their paths; hidden folders and links are not searched. Each comes once. A path that is
// no folder is an error; one without runs is none, for the first run may come. more says that a
// folder holds too many others to be searched whole.
func Find(paths []string) (found []*Run, more bool, err error) {
	seen := map[string]bool{}
	for _, path := range paths {
		s := search{root: path, several: len(paths) > 1, seen: seen}
		info, err := os.Stat(path)
		if err == nil && !info.IsDir() {
			err = errors.New("is no folder")
		}
		if err != nil {
			return nil, false, fmt.Errorf("%s: %w", path, err)
		}
		s.look(path, 0)
		found, more = append(found, s.found...), more || s.folders > maxFolders
	}
	return found, more, nil
}

type search struct {
	root    string
	several bool
	seen    map[string]bool // absolute paths
	folders int
	found   []*Run
}

func (s *search) look(path string, depth int) {
	if IsRun(path) {
		s.add(path)
		return
	}
	entries, err := os.ReadDir(path)
	if err != nil || depth == maxDepth {
		return // a folder that nobody may read holds no runs for us
	}
	for _, e := range entries {
		if e.Type()&fs.ModeType != fs.ModeDir || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		if s.folders++; s.folders > maxFolders {
			return
		}
		s.look(filepath.Join(path, e.Name()), depth+1)
	}
}

func (s *search) add(path string) {
	absolute, err := filepath.Abs(path)
	if err != nil || s.seen[absolute] {
		return
	}
	s.seen[absolute] = true
	name, err := filepath.Rel(s.root, path)
	switch {
	case err != nil || name == ".":
		name = filepath.Base(absolute)
	case s.several:
		name = filepath.Join(filepath.Base(s.root), name)
	}
	s.found = append(s.found, Open(absolute, filepath.ToSlash(name)))
}
