package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// source is a file whose code is changed.
type source struct {
	path string // absolute
	name string // relative to the module's root
	pkg  string // import path
	text []byte
}

// load finds the files that the targets name: for a folder its package's files, as they are built
// here; tests and generated files never.
func load(ctx context.Context, dir string, targets []string) ([]source, error) {
	var sources []source
	for _, target := range targets {
		folder, file := target, ""
		if strings.HasSuffix(target, ".go") {
			folder, file = filepath.Dir(target), filepath.Base(target)
		}
		found, err := listPackages(ctx, dir, "./"+filepath.ToSlash(filepath.Clean(folder)), file)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, fmt.Errorf("%s: nothing to change there: want a package, or a file that is built here, "+
				"written by hand and no test", target)
		}
		sources = append(sources, found...)
	}
	return sources, nil
}

func listPackages(ctx context.Context, dir, pattern, only string) ([]source, error) {
	cmd := exec.CommandContext(ctx, "go", "list", "-json=Dir,ImportPath,GoFiles,Module", pattern)
	cmd.Dir = dir
	var problem bytes.Buffer
	cmd.Stderr = &problem
	output, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list %s: %w: %s", pattern, err, bytes.TrimSpace(problem.Bytes()))
	}
	var sources []source
	for decoder := json.NewDecoder(bytes.NewReader(output)); ; {
		var p struct {
			Dir, ImportPath string
			GoFiles         []string
			Module          struct{ Dir string }
		}
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return sources, nil
		} else if err != nil {
			return nil, fmt.Errorf("go list %s: %w", pattern, err)
		}
		for _, name := range p.GoFiles {
			if only != "" && name != only {
				continue
			}
			s := source{path: filepath.Join(p.Dir, name), pkg: p.ImportPath}
			if s.text, err = os.ReadFile(s.path); err != nil {
				return nil, err
			}
			if s.name, err = filepath.Rel(p.Module.Dir, s.path); err != nil {
				return nil, err
			}
			s.name = filepath.ToSlash(s.name)
			if !bytes.HasPrefix(s.text, []byte("// Code generated ")) {
				sources = append(sources, s)
			}
		}
	}
}
