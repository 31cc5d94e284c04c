package video

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"

	"github.com/dino-go/dino/internal/regularfile"
)

// Frames writes the frames of a video file into a folder, which must exist, as PNG files. It
// returns their paths in order and the number of frames a second.
func Frames(ctx context.Context, path, dir string) (frames []string, fps float64, err error) {
	program, err := Program()
	if err != nil {
		return nil, 0, err
	}
	if err := regularfile.Check(path); err != nil {
		return nil, 0, fmt.Errorf("video: %w", err)
	}
	// A path that begins with a dash would be an option, one with a colon a protocol.
	source, err := filepath.Abs(path)
	if err != nil {
		return nil, 0, fmt.Errorf("video: %w", err)
	}
	args := []string{
		"-hide_banner", "-nostdin", "-i", "file:" + source, "-map", "0:v:0",
		filepath.Join(dir, "frame-%06d.png"),
	}
	printed, err := exec.CommandContext(ctx, program, args...).CombinedOutput()
	if ctx.Err() != nil {
		return nil, 0, ctx.Err()
	}
	if err != nil {
		return nil, 0, failure(path, err, printed)
	}
	if frames, err = filepath.Glob(filepath.Join(dir, "frame-*.png")); err != nil {
		return nil, 0, fmt.Errorf("video: %w", err)
	}
	slices.Sort(frames)
	if len(frames) == 0 {
		return nil, 0, fmt.Errorf("video: %s has no frame", path)
	}
	fps, err = frameRate(string(printed))
	if err != nil {
		return nil, 0, fmt.Errorf("video: %s: %w", path, err)
	}
	return frames, fps, nil
}

var (
	videoStream = regexp.MustCompile(`(?m)^\s*Stream #0:.*: Video: .*$`)
	perSecond   = regexp.MustCompile(`, ([0-9.]+)(k?) fps`)
)

// frameRate finds the frames a second in what ffmpeg prints about its input.
func frameRate(printed string) (float64, error) {
	match := perSecond.FindStringSubmatch(videoStream.FindString(printed))
	if match == nil {
		return 0, fmt.Errorf("ffmpeg does not say how many frames a second there are")
	}
	fps, err := strconv.ParseFloat(match[1], 64)
	if match[2] == "k" {
		fps *= 1000
	}
	if err != nil || fps <= 0 {
		return 0, fmt.Errorf("ffmpeg says there are %s frames a second", match[1])
	}
	return fps, nil
}
