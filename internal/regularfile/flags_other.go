//go:build !unix

package regularfile

// Where there are no named pipes among the files, what is there is looked at before and after
// opening, and that is all.
const (
	noBlock  = 0
	noFollow = 0
)
