//go:build !unix

package weights

import "os"

// mapFile maps nothing here: views are read.
func mapFile(*os.File, int64) ([]byte, error) { return nil, nil }

func unmapFile([]byte) error { return nil }
