package main

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	_ "image/jpeg" // decoded
	"image/png"
	"os"
	"path/filepath"
	"strconv"

	"github.com/dino-go/dino/internal/atomicfile"
	"github.com/dino-go/dino/internal/regularfile"
)

// All is a folder as it is. The other variants are made from it.
const All = "all"

// variants change an image: the files that it is replaced by.
var variants = map[string]func(image.Image) []image.Image{
	"grey":   func(img image.Image) []image.Image { return []image.Image{painted(img, image.NewGray(img.Bounds()))} },
	"deep":   func(img image.Image) []image.Image { return []image.Image{painted(img, image.NewRGBA64(img.Bounds()))} },
	"copies": nearCopies,
	"one":    func(img image.Image) []image.Image { return []image.Image{img} }, // of the first class alone
}

var variantNames = []string{All, "grey", "deep", "copies", "one"}

// prepare makes a variant of a folder, if it is not there yet, and returns its folder and name.
func prepare(data, variant, out string) (folder, name string, err error) {
	name = filepath.Base(data) + "-" + variant
	if variant == All {
		return data, filepath.Base(data), nil
	}
	folder = filepath.Join(out, "data", name)
	if _, err := os.Stat(folder); !errors.Is(err, os.ErrNotExist) {
		return folder, name, err
	}
	classes, err := list(data)
	if err != nil {
		return "", "", err
	}
	if len(classes) == 0 {
		return "", "", fmt.Errorf("%s has no class folders", data)
	}
	made := folder + ".made"
	if err := os.RemoveAll(made); err != nil {
		return "", "", err
	}
	if count, err := strconv.Atoi(variant); err == nil {
		err = fewer(classes, count, made)
		return folder, name, errors.Join(err, os.Rename(made, folder))
	}
	change, ok := variants[variant]
	if !ok {
		return "", "", fmt.Errorf("-variants: %q is none of %v, and no number", variant, variantNames)
	}
	if variant == "one" {
		classes = classes[:1]
	}
	for _, c := range classes {
		for _, file := range c.files {
			if err := changed(file, filepath.Join(made, c.name), change); err != nil {
				return "", "", err
			}
		}
	}
	return folder, name, os.Rename(made, folder)
}

// class is a class folder.
type class struct {
	name  string
	files []string
}

func list(data string) (classes []class, err error) {
	folders, err := os.ReadDir(data)
	if err != nil {
		return nil, err
	}
	for _, f := range folders {
		if !f.IsDir() {
			continue
		}
		files, err := os.ReadDir(filepath.Join(data, f.Name()))
		if err != nil {
			return nil, err
		}
		c := class{name: f.Name()}
		for _, file := range files {
			c.files = append(c.files, filepath.Join(data, f.Name(), file.Name()))
		}
		classes = append(classes, c)
	}
	return classes, nil
}

// fewer copies so many images, equally many of every class.
func fewer(classes []class, count int, to string) error {
	for i, c := range classes {
		share := (i+1)*count/len(classes) - i*count/len(classes)
		if share > len(c.files) {
			return fmt.Errorf("%d images of %s are wanted, of %d", share, c.name, len(c.files))
		}
		for _, file := range c.files[:share] {
			if err := copyFile(file, filepath.Join(to, c.name, filepath.Base(file))); err != nil {
				return err
			}
		}
	}
	return nil
}

func copyFile(from, to string) error {
	text, err := regularfile.ReadFile(from)
	if err != nil {
		return err
	}
	return errors.Join(os.MkdirAll(filepath.Dir(to), 0o755), atomicfile.WriteUnsynced(to, text))
}

// changed writes what an image becomes, as PNG.
func changed(file, to string, change func(image.Image) []image.Image) error {
	text, err := regularfile.ReadFile(file)
	if err != nil {
		return err
	}
	img, _, err := image.Decode(bytes.NewReader(text))
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	for i, made := range change(img) {
		var text bytes.Buffer
		if err := png.Encode(&text, made); err != nil {
			return err
		}
		path := filepath.Join(to, fmt.Sprintf("%s-%d.png", filepath.Base(file), i))
		if err := atomicfile.WriteUnsynced(path, text.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

func painted(img image.Image, on draw.Image) image.Image {
	draw.Draw(on, on.Bounds(), img, img.Bounds().Min, draw.Src)
	return on
}

// nearCopies are an image, the same without its borders, and the same darker.
func nearCopies(img image.Image) []image.Image {
	b := img.Bounds()
	inner := image.Rect(b.Min.X+2, b.Min.Y+1, b.Max.X-1, b.Max.Y-2)
	cut := image.NewRGBA(image.Rect(0, 0, inner.Dx(), inner.Dy()))
	draw.Draw(cut, cut.Bounds(), img, inner.Min, draw.Src)
	darker := image.NewRGBA(b)
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			c := color.RGBAModel.Convert(img.At(x, y)).(color.RGBA)
			darker.SetRGBA(x, y, color.RGBA{c.R / 10 * 9, c.G / 10 * 9, c.B / 10 * 9, c.A})
		}
	}
	return []image.Image{img, cut, darker}
}
