package cli

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/dino-go/dino/internal/usage"
)

// output is standard output. For a verb whose product are files it carries progress, and what
// cannot be written there is dropped: a reader that closes its end, or a terminal that goes away,
// ends no run. For the other verbs it is the product: a closed reader ends the program as it ends
// any other, and any other failure is an error in the end.
type output struct {
	file     *os.File
	progress bool  // not the product
	failed   error // of the first write that failed
}

// newOutput takes over a stream. From here on writing to a closed pipe is an error and not the end
// of the process.
func newOutput(file *os.File) *output {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	return &output{file: file}
}

// Write writes to the stream.
func (o *output) Write(p []byte) (int, error) {
	n, err := o.file.Write(p)
	if err == nil || o.progress {
		return len(p), nil
	}
	if errors.Is(err, syscall.EPIPE) {
		signal.Reset(syscall.SIGPIPE)
		n, err = o.file.Write(p) // ends the process, unless the signal was ignored from the start
	}
	if o.failed == nil {
		o.failed = err
	}
	return n, err
}

// Fd is the stream's descriptor, by which a terminal is told from a file.
func (o *output) Fd() uintptr { return o.file.Fd() }

// serve learns from the verb what the stream is for.
func (o *output) serve(cmd *cobra.Command) {
	dry := cmd.Flags().Lookup("dry-run")
	o.progress = cmd.Annotations[usage.Product] == usage.Files && (dry == nil || dry.Value.String() != "true")
}

// lost says that a part of the product could not be written.
func (o *output) lost() error {
	if o.failed == nil {
		return nil
	}
	return fmt.Errorf("standard output: %w; the output is not whole", o.failed)
}
