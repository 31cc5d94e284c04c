package cli

import (
	"io/fs"
	"os"
	"strings"
)

// doings say what an operation of the system was to do.
var doings = map[string]string{
	"open": "open", "stat": "find", "lstat": "find", "mkdir": "make the folder", "mkdirall": "make the folder",
	"read": "read", "write": "write", "readdir": "list", "readdirent": "list", "remove": "remove", "unlinkat": "remove",
	"chdir": "go to", "create": "make", "access": "write into", "truncate": "shorten", "sync": "write",
	"close":  "write",
	"rename": "rename",
}

// plainly is the text of an error with the names of system calls in it said in words: "open a: no
// such file" becomes "cannot open a: no such file".
func plainly(err error) string {
	text := err.Error()
	var walk func(error)
	walk = func(err error) {
		switch e := err.(type) {
		case nil:
			return
		case *fs.PathError:
			if doing, ok := doings[strings.ToLower(e.Op)]; ok {
				text = strings.ReplaceAll(text, e.Error(), "cannot "+doing+" "+e.Path+": "+e.Err.Error())
			}
		case *os.LinkError:
			text = strings.ReplaceAll(text, e.Error(), "cannot "+e.Op+" "+e.Old+" to "+e.New+": "+e.Err.Error())
		}
		switch e := err.(type) {
		case interface{ Unwrap() error }:
			walk(e.Unwrap())
		case interface{ Unwrap() []error }:
			for _, one := range e.Unwrap() {
				walk(one)
			}
		}
	}
	walk(err)
	return text
}
