package attention

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/dino-go/dino/internal/data/depth"
	"github.com/dino-go/dino/internal/data/folder"
	"github.com/dino-go/dino/internal/data/imageio"
	"github.com/dino-go/dino/internal/data/video"
)

// input is one image.
type input struct {
	path string
	name string // of its folder below the output, with forward slashes; no two images have the same
}

// inputs are all images, in order.
type inputs struct {
	images []input
	fps    float64 // of the first video file; 0 without
}

// paths are the files of the images.
func (in *inputs) paths() depth.Paths {
	var files depth.Paths
	for _, i := range in.images {
		files = append(files, i.path)
	}
	return files
}

// list finds the images that arguments name. Frames of video files are written below the folder
// frames.
func list(ctx context.Context, args []string, frames string) (inputs, error) {
	var in inputs
	for i, arg := range args {
		info, err := os.Stat(arg)
		switch {
		case err != nil:
			err = fmt.Errorf("attention: %w", err)
		case info.IsDir():
			err = in.addFolder(ctx, arg)
		case video.IsVideo(arg):
			err = in.addVideo(ctx, arg, filepath.Join(frames, fmt.Sprint(i)))
		default:
			in.add(arg, filepath.Base(arg))
		}
		if err != nil {
			return inputs{}, err
		}
	}
	in.distinguish()
	return in, nil
}

// add appends an image. relative is its path below what was given.
func (in *inputs) add(file, relative string) {
	relative = filepath.ToSlash(relative)
	in.images = append(in.images, input{file, strings.TrimSuffix(relative, path.Ext(relative))})
}

func (in *inputs) addFolder(ctx context.Context, dir string) error {
	index, err := folder.Scan(ctx, dir, folder.Options{Extensions: imageio.Extensions})
	if err != nil {
		return err
	}
	for i, file := range index.Files {
		in.add(index.Path(i), file.Path)
	}
	return nil
}

func (in *inputs) addVideo(ctx context.Context, file, frames string) error {
	if err := os.MkdirAll(frames, 0o755); err != nil {
		return fmt.Errorf("attention: %w", err)
	}
	paths, fps, err := video.Frames(ctx, file, frames)
	if err != nil {
		return err
	}
	if in.fps == 0 {
		in.fps = fps
	}
	for _, frame := range paths {
		in.add(frame, filepath.Base(frame))
	}
	return nil
}

// distinguish numbers images whose names are the same: a, a-2, a-3. Names that differ in case alone
// are the same on some systems.
func (in *inputs) distinguish() {
	taken := map[string]bool{}
	for i := range in.images {
		name := in.images[i].name
		for n := 2; taken[strings.ToLower(in.images[i].name)]; n++ {
			in.images[i].name = fmt.Sprintf("%s-%d", name, n)
		}
		taken[strings.ToLower(in.images[i].name)] = true
	}
}
