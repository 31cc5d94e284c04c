package video

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"github.com/dino-go/dino/augment"
	"github.com/dino-go/dino/internal/atomicfile"
	"github.com/dino-go/dino/internal/regularfile"
)

// Writer encodes pictures as a video file. The file appears with Close, whole.
type Writer struct {
	path, partial string
	width, height int
	frame         []byte // one frame, of even width and height

	command *exec.Cmd
	input   io.WriteCloser
	printed bytes.Buffer
	open    bool
}

// NewWriter begins a video file of pictures of width × height pixels. The name's extension selects
// the format: mp4, mkv, avi and others. An odd side gets one black line more, which most encoders
// need.
func NewWriter(ctx context.Context, path string, width, height int, fps float64) (*Writer, error) {
	if width < 1 || height < 1 || !(fps > 0) {
		return nil, fmt.Errorf("video: %s: %d×%d pixels at %v frames a second: must all be positive", path, width,
			height, fps)
	}
	if err := regularfile.CheckOwn(path); err != nil {
		return nil, fmt.Errorf("video: %w", err)
	}
	program, err := Program()
	if err != nil {
		return nil, err
	}
	whole, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("video: %w", err)
	}
	w := &Writer{path: path, width: width, height: height, open: true}
	// the extension stays: it selects the format
	w.partial = filepath.Join(filepath.Dir(whole), ".partial-"+filepath.Base(whole))
	// ffmpeg would write through a link
	if err := regularfile.CheckOwn(w.partial); err != nil {
		return nil, fmt.Errorf("video: %w", err)
	}
	evenWidth, evenHeight := width+width%2, height+height%2
	w.frame = make([]byte, 3*evenWidth*evenHeight)
	w.command = exec.CommandContext(ctx, program, "-hide_banner", "-loglevel", "error", "-y",
		"-f", "rawvideo", "-pix_fmt", "rgb24", "-s", fmt.Sprintf("%dx%d", evenWidth, evenHeight), "-r",
		strconv.FormatFloat(fps, 'f', -1, 64), "-i", "pipe:0",
		"-pix_fmt", "yuv420p", "file:"+w.partial)
	w.command.Stderr = &w.printed
	if w.input, err = w.command.StdinPipe(); err == nil {
		err = w.command.Start()
	}
	if err != nil {
		return nil, fmt.Errorf("video: %w", err)
	}
	return w, nil
}

// Write appends a picture.
func (w *Writer) Write(img *augment.Image) error {
	if img.Width != w.width || img.Height != w.height {
		return fmt.Errorf("video: %s: a frame of %d×%d pixels: must be %d×%d like the first; give one size for all",
			w.path, img.Width, img.Height, w.width, w.height)
	}
	stride := 3 * (w.width + w.width%2)
	for y := range img.Height {
		copy(w.frame[y*stride:], img.Pix[3*y*img.Width:3*(y+1)*img.Width])
	}
	if _, err := w.input.Write(w.frame); err != nil {
		w.Abort()
		return failure(w.path, err, w.printed.Bytes())
	}
	return nil
}

// Close finishes the file and gives it its name.
func (w *Writer) Close() error {
	defer w.Abort()
	w.open = false
	err := w.input.Close()
	if waited := w.command.Wait(); waited != nil {
		err = waited
	}
	if err != nil {
		return failure(w.path, err, w.printed.Bytes())
	}
	if err := w.keep(); err != nil {
		return fmt.Errorf("video: %w", err)
	}
	return nil
}

// keep makes the finished file durable and gives it its name.
func (w *Writer) keep() error {
	f, err := regularfile.Open(w.partial)
	if err != nil {
		return err
	}
	err = f.Sync()
	f.Close()
	if err != nil {
		return err
	}
	if err := os.Rename(w.partial, w.path); err != nil {
		return err
	}
	return atomicfile.SyncDir(filepath.Dir(w.path))
}

// Abort discards the file. After Close, or a second time, it does nothing, so that it can be
// deferred.
func (w *Writer) Abort() {
	if w.open {
		w.open = false
		w.input.Close()
		_ = w.command.Wait() // the file is discarded
	}
	os.Remove(w.partial)
}
