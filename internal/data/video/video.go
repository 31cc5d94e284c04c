// Package video turns video files into frames and frames into video files, with ffmpeg, where it is
// installed.
//
// Tests: property (frames that are encoded and decoded are the same pictures), known answer (what
// ffmpeg says of a file), bad input. Those that need ffmpeg skip without it.
package video

import (
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Extensions lists the file name extensions that are taken for videos, in lower case.
var Extensions = []string{".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".wmv"}

// ErrNoFFmpeg is returned where a video file is to be read or written and there is no ffmpeg.
var ErrNoFFmpeg = errors.New("video: ffmpeg is not installed (not found in PATH): install it, or use a " +
	"folder of frames")

// IsVideo reports whether the path has one of the [Extensions], in any case.
func IsVideo(path string) bool {
	return slices.Contains(Extensions, strings.ToLower(filepath.Ext(path)))
}

// Program returns the path of ffmpeg, or [ErrNoFFmpeg].
func Program() (string, error) {
	path, err := exec.LookPath("ffmpeg")
	if err != nil {
		return "", ErrNoFFmpeg
	}
	return path, nil
}

// failure is the error of a run of ffmpeg, with the end of what it printed.
func failure(path string, err error, printed []byte) error {
	lines := bytes.Split(bytes.TrimSpace(printed), []byte("\n"))
	return fmt.Errorf("video: %s: ffmpeg: %w: %s", path, err, bytes.TrimSpace(lines[len(lines)-1]))
}
