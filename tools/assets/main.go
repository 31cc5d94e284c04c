// Command assets fetches the libraries that the pages of dino watch need from npm, in exactly the
// pinned versions, and writes the files that are committed and embedded into the program. With
// -check it writes nothing and compares.
//
//	cd tools && go run ./assets -C ..
package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// library is a package of npm of which some files are kept.
type library struct {
	name, version string
	integrity     string            // of the package, as npm's lock files have it
	folder        string            // below the repository's root
	files         map[string]string // path in the package → name in the folder
}

// uPlot draws the charts. MIT, https://github.com/leeoniya/uPlot
var uPlot = library{
	name: "uplot", version: "1.6.32",
	integrity: "sha512-KIMVnG68zvu5XXUbC4LQEPnhwOxBuLyW1AHtpm6IKTXImkbLgkMy+jabjLgSLMasNuGGzQm/ep3tOkyTxpiQIw==",
	folder:    "internal/watch/page/uplot",
	files: map[string]string{
		"package/dist/uPlot.iife.min.js": "uPlot.iife.min.js",
		"package/dist/uPlot.min.css":     "uPlot.min.css",
		"package/LICENSE":                "LICENSE",
	},
}

// errUnavailable says that npm is not there or cannot reach its registry.
var errUnavailable = errors.New("npm cannot fetch the package")

func main() {
	root := flag.String("C", ".", "root of the repository")
	check := flag.Bool("check", false, "compare the files with the package, and write nothing")
	flag.Parse()
	files, err := uPlot.fetch()
	if err == nil && *check {
		err = uPlot.compare(*root, files)
	} else if err == nil {
		err = uPlot.write(*root, files)
	}
	switch {
	case errors.Is(err, errUnavailable) && *check:
		fmt.Println("assets: the check is skipped:", err)
	case err != nil:
		fmt.Fprintln(os.Stderr, "assets:", err)
		os.Exit(1)
	}
}

// fetch gets the package through npm and returns the files that are kept, by their names here.
func (l library) fetch() (map[string][]byte, error) {
	dir, err := os.MkdirTemp("", "dino-assets-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	npm := exec.Command("npm", "pack", "--silent", "--pack-destination", dir, l.name+"@"+l.version)
	npm.Dir = dir
	npm.WaitDelay = time.Minute
	var stderr bytes.Buffer
	npm.Stderr = &stderr
	if err := npm.Run(); err != nil {
		return nil, fmt.Errorf("%w %s@%s: %w: %.200s", errUnavailable, l.name, l.version, err, stderr.String())
	}
	archive, err := os.ReadFile(filepath.Join(dir, l.name+"-"+l.version+".tgz"))
	if err != nil {
		return nil, err
	}
	return l.unpack(archive)
}

// unpack verifies the package and takes the files out of it.
func (l library) unpack(archive []byte) (map[string][]byte, error) {
	sum := sha512.Sum512(archive)
	if got := "sha512-" + base64.StdEncoding.EncodeToString(sum[:]); got != l.integrity {
		return nil, fmt.Errorf("%s@%s has the integrity %s: must be %s", l.name, l.version, got, l.integrity)
	}
	unzipped, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for entries := tar.NewReader(unzipped); ; {
		entry, err := entries.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if name, ok := l.files[entry.Name]; ok {
			if files[name], err = io.ReadAll(entries); err != nil {
				return nil, err
			}
		}
	}
	if len(files) != len(l.files) {
		return nil, fmt.Errorf("%s@%s lacks some of %v", l.name, l.version, l.files)
	}
	return files, nil
}

func (l library) write(root string, files map[string][]byte) error {
	dir := filepath.Join(root, l.folder)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			return err
		}
		fmt.Printf("%s: %d bytes of %s %s\n", filepath.Join(l.folder, name), len(content), l.name, l.version)
	}
	return nil
}

// compare fails if a file here is another than that of the package, or belongs to none.
func (l library) compare(root string, files map[string][]byte) error {
	entries, err := os.ReadDir(filepath.Join(root, l.folder))
	if err != nil {
		return err
	}
	for _, e := range entries {
		if files[e.Name()] == nil {
			return fmt.Errorf("%s/%s is not of %s %s: remove it", l.folder, e.Name(), l.name, l.version)
		}
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(root, l.folder, name))
		if err != nil {
			return err
		}
		if !bytes.Equal(got, want) {
			return fmt.Errorf("%s/%s is not that of %s %s: run `make assets`", l.folder, name, l.name, l.version)
		}
	}
	fmt.Printf("assets: the files in %s are those of %s %s\n", l.folder, l.name, l.version)
	return nil
}
