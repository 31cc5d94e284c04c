package checkpoint

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/dino-go/dino/internal/destination"
)

// explainWriteError adds to an error of writing need bytes into dir, where the
// cause is a lack of space, how much was needed, how much there is and what to
// do. Other errors, and nil, it returns as they are.
func explainWriteError(err error, dir string, need int64) error {
	if !errors.Is(err, syscall.ENOSPC) && !errors.Is(err, syscall.EDQUOT) && !errors.Is(err, syscall.EFBIG) {
		return err
	}
	free := "an unknown number of"
	if n, ok := destination.Free(dir); ok {
		free = fmt.Sprint(n)
	}
	return fmt.Errorf("%w (needs %d bytes, %s bytes are free there; make room, or keep fewer checkpoints, and run "+
		"the same command again)",
		err, need, free)
}
