// Package page has the page of dino watch and dino report: HTML, style and scripts, embedded in the
// program. The scripts are plain ES modules; uPlot draws the charts (folder uplot, from its npm
// package by `make assets`, with its licence).
//
// Everything that the page shows comes from files that anybody may have written. The scripts put
// text into the page as text, never as HTML, and the content security policy lets nothing else run.
//
// Tests: property (the modules can be put together, data cannot leave their place), known answer.
package page

import (
	"embed"
	"io/fs"
	"path"
)

//go:embed static uplot/uPlot.iife.min.js uplot/uPlot.min.css uplot/LICENSE
var embedded embed.FS

// read is the content of an embedded file, which is there.
func read(name string) []byte {
	text, err := embedded.ReadFile(name)
	if err != nil {
		panic(err) // the file is in the program or in none
	}
	return text
}

// File is a file of the page.
type File struct {
	Type    string // for Content-Type
	Content []byte
}

// types are the kinds of files that a page consists of.
var types = map[string]string{
	".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
	"": "text/plain; charset=utf-8",
}

// Files are the files of the live page by their names: "index.html", "main.js", "uPlot.min.css".
func Files() map[string]File {
	files := map[string]File{}
	for _, folder := range []string{"static", "uplot"} {
		entries, err := fs.ReadDir(embedded, folder)
		if err != nil {
			panic(err)
		}
		for _, e := range entries {
			files[e.Name()] = File{types[path.Ext(e.Name())], read(folder + "/" + e.Name())}
		}
	}
	return files
}
