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
	"maps"
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
	files := Read(embedded, "static")
	maps.Copy(files, Read(embedded, "uplot"))
	return files
}

// Read returns the files of a folder that is in the program, by their names.
func Read(from embed.FS, folder string) map[string]File {
	files := map[string]File{}
	entries, err := fs.ReadDir(from, folder)
	if err != nil {
		panic(err)
	}
	for _, e := range entries {
		text, err := from.ReadFile(folder + "/" + e.Name())
		if err != nil {
			panic(err) // the file is in the program or in none
		}
		files[e.Name()] = File{types[path.Ext(e.Name())], text}
	}
	return files
}
