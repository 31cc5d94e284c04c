package console

import (
	"strings"

	"github.com/dino-go/dino/internal/terminal"
	"github.com/dino-go/dino/observe"
)

// next are three commands that go on from a run.
func next(d observe.Done) terminal.Text {
	run, data := shell(d.Folder), shell(d.Data)
	return terminal.Sprintf("next:\n  dino embed --weights %s --data %s --out %s\n  dino attention --weights %s %s "+
		"--out %s\n  dino export %s --to timm --out %s",
		run, data, shell(beside(d.Folder, "-features.parquet")),
		run, shell(d.Image), shell(beside(d.Folder, "-attention")),
		run, shell(beside(d.Folder, "-timm.safetensors")))
}

// beside is the path of something beside a folder, whose name it begins with.
func beside(folder, ending string) string { return strings.TrimRight(folder, `/\`) + ending }

// shell is a word as a shell reads it.
func shell(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' ||
			strings.ContainsRune("_./\\:-+@,=", r)
	}
	if word != "" && strings.IndexFunc(word, func(r rune) bool { return !plain(r) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
