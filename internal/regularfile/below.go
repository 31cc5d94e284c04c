package regularfile

import (
	"os"
	"path/filepath"
)

// ReadBelow returns the content of a regular file of at most so many bytes below a folder. The path
// comes from somebody who may want another: one that leads out of the folder, by itself or through
// a link, is an error, also where a link takes a name's place meanwhile. Links that stay in the
// folder are followed.
func ReadBelow(folder, path string, most int64) ([]byte, error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	name := filepath.FromSlash(path)
	info, err := root.Stat(name)
	if err == nil {
		err = check("open", path, info)
	}
	if err != nil {
		return nil, err
	}
	file, err := root.OpenFile(name, os.O_RDONLY|noBlock, 0)
	if err != nil {
		return nil, err
	}
	if info, err = file.Stat(); err == nil {
		err = check("open", path, info)
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return readAll(file, path, most)
}
