package pictures

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/dino-go/dino/internal/bounded"
	"github.com/dino-go/dino/internal/regularfile"
)

// Bounds of what is read: the pictures of one run, each sheet.
const (
	MaxSheet  = 4 << 20 // bytes
	maxEpochs = 200
	maxFiles  = 64   // images that are followed, or on the sheet of views
	maxNear   = 16   // neighbours of an image
	maxText   = 1000 // bytes of a path, class or reason
)

// Run is what is known of the pictures of a run.
type Run struct {
	Followed *Followed `json:"followed"` // nil before the first epoch that was drawn
	Epochs   []Epoch   `json:"epochs"`
	Views    *Shown    `json:"views"` // nil without
}

// Read reads what a folder of pictures has. What is missing, damaged or of another version is left
// out; an error is for what is there and cannot be read. No link is followed.
func Read(path string) (Run, error) {
	r := Run{Epochs: []Epoch{}}
	if err := regularfile.CheckOwnDir(path); err != nil {
		return r, err
	}
	var followed Followed
	var shown Shown
	wrong := errors.Join(
		missing(readJSON(filepath.Join(path, imagesFile), &followed)),
		missing(readJSON(filepath.Join(path, viewsFile), &shown)))
	if shown.Version == Version && shown.Sheet == Views.name(0) {
		shown.Images = clipFiles(shown.Images)
		r.Views = &shown
	}
	if followed.Version != Version || followed.Sheet != Images.name(0) || len(followed.Images) == 0 {
		return r, wrong
	}
	followed.Images, followed.Missing = clipFiles(followed.Images), clipReasons(followed.Missing)
	r.Followed = &followed
	file, err := regularfile.OpenOwn(filepath.Join(path, Log), os.O_RDONLY)
	if err != nil {
		return r, errors.Join(wrong, missing(err))
	}
	defer file.Close()
	err = eachEpoch(file, func(e Epoch, _ int) bool {
		if e.Sheets != nil {
			r.Epochs = append(r.Epochs, e.clipped(len(followed.Images)))
		}
		return len(r.Epochs) < maxEpochs
	})
	return r, errors.Join(wrong, err)
}

// missing is an error but for what is not there.
func missing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Sheet reads a sheet by its name. No link is followed.
func Sheet(path, name string) ([]byte, error) {
	if !IsSheet(name) {
		return nil, fmt.Errorf("pictures: %q is no name of a sheet", name)
	}
	if err := regularfile.CheckOwnDir(path); err != nil {
		return nil, err
	}
	return readOwn(filepath.Join(path, name), MaxSheet)
}

// Type is the content type of a sheet, by its name.
func Type(name string) string {
	if filepath.Ext(name) == ".png" {
		return "image/png"
	}
	return "image/jpeg"
}

func readJSON(path string, into any) error {
	text, err := readOwn(path, bounded.MaxSize)
	if err != nil {
		return err
	}
	if err := bounded.JSON(text); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s: is no JSON as it should be there", path)
	}
	return nil
}

// readOwn reads a file of at most limit bytes, which must not be a link.
func readOwn(path string, limit int64) ([]byte, error) {
	file, err := regularfile.OpenOwn(path, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err == nil && int64(len(text)) > limit {
		err = fmt.Errorf("%s: has more than %d bytes, which no such file needs", path, limit)
	}
	return text, err
}

// clipped is a line with what is shown of it: bounded, and neighbours of so many images.
func (e Epoch) clipped(images int) Epoch {
	e.Missing = clipReasons(e.Missing)
	e.Neighbours = e.Neighbours[:min(len(e.Neighbours), images)]
	for i, near := range e.Neighbours {
		near = near[:min(len(near), maxNear)]
		for k := range near {
			near[k].File = near[k].clipped()
		}
		e.Neighbours[i] = near
	}
	return e
}

func clipFiles(files []File) []File {
	files = files[:min(len(files), maxFiles)]
	for i := range files {
		files[i] = files[i].clipped()
	}
	return files
}

func (f File) clipped() File { return File{clip(f.Path), clip(f.Class)} }

func clipReasons(reasons map[Kind]string) map[Kind]string {
	kept := map[Kind]string{}
	for _, kind := range []Kind{Attention, Colours, Neighbours} {
		if reason, ok := reasons[kind]; ok {
			kept[kind] = clip(reason)
		}
	}
	return kept
}

// clip cuts a long text off.
func clip(text string) string {
	if len(text) <= maxText {
		return text
	}
	return strings.ToValidUTF8(text[:maxText], "") + "…"
}
