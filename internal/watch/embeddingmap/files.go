package embeddingmap

import (
	"embed"

	"github.com/dino-go/dino/internal/watch/page"
)

//go:embed static
var embedded embed.FS

// shared are files of the page of runs that this one has, too.
var shared = []string{
	"style.css", "dom.js", "format.js", "theme.js", "places.js", "picture.js", "colours.js", "camera.js", "canvas.js",
	"search.js",
}

// modules are the scripts, each behind those that it imports.
var modules = []string{
	"dom.js", "format.js", "theme.js", "places.js", "source.js", "picture.js", "colours.js", "camera.js", "canvas.js",
	"search.js", "main.js",
}

// Files are the files of the live page by their names.
func Files() map[string]page.File {
	files, all := page.Read(embedded, "static"), page.Files()
	for _, name := range shared {
		files[name] = all[name]
	}
	return files
}
