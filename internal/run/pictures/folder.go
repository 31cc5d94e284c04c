package pictures

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/dino-go/dino/internal/atomicfile"
	"github.com/dino-go/dino/internal/bounded"
	"github.com/dino-go/dino/internal/regularfile"
)

// Folder is the folder of a run that is at work. Sheets are there before the line that names them.
type Folder struct {
	path  string
	lines *atomicfile.Appender
	last  *Epoch // with colours; nil where there is none
}

// Open opens the folder, which it makes if needed, for the pictures of a step and later ones: what
// it holds of them is removed, and so is what is no line, with all behind it.
func Open(path string, step int) (*Folder, error) {
	if err := regularfile.CheckOwnDir(path); err != nil {
		return nil, fmt.Errorf("pictures: %w", err)
	}
	if err := os.MkdirAll(path, 0o755); err != nil {
		return nil, fmt.Errorf("pictures: %w", err)
	}
	f := &Folder{path: path}
	err := atomicfile.RemoveStale(path)
	if err == nil {
		f.lines, err = atomicfile.OpenAppender(f.file(Log))
	}
	if err != nil {
		return nil, fmt.Errorf("pictures: %w", err)
	}
	if err := f.cut(func(e Epoch) bool { return e.Step < step }, step == 0); err != nil {
		f.Close()
		return nil, fmt.Errorf("pictures: %w", err)
	}
	return f, nil
}

func (f *Folder) file(name string) string { return filepath.Join(f.path, name) }

// cut keeps the lines that stay, up to the first that does not, and the sheets that they name;
// those of the whole run too, unless anew.
func (f *Folder) cut(stays func(Epoch) bool, anew bool) error {
	f.last = nil
	named := map[string]bool{Images.name(0): !anew, Views.name(0): !anew}
	var end int64
	err := eachEpoch(f.lines.Content(), func(e Epoch, length int) bool {
		if e.Sheets == nil || !stays(e) {
			return false
		}
		for _, name := range e.Sheets {
			named[name] = true
		}
		if e.Sheets[Colours] != "" {
			f.last = &e
		}
		end += int64(length)
		return true
	})
	if err != nil {
		return err
	}
	if err := f.lines.Truncate(end); err != nil {
		return err
	}
	entries, err := os.ReadDir(f.path)
	if err != nil {
		return err
	}
	for _, e := range entries {
		described := e.Name() == imagesFile || e.Name() == viewsFile
		if IsSheet(e.Name()) && !named[e.Name()] || described && anew {
			if err := os.Remove(f.file(e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}

// Follow says which images are followed, and writes their sheet. Where the folder has pictures of
// others, these are removed: they cannot stand beside one another.
func (f *Folder) Follow(followed Followed, sheet []byte) error {
	followed.Version, followed.Sheet = Version, Images.name(0)
	var before Followed
	err := readJSON(f.file(imagesFile), &before)
	if err == nil && slices.Equal(before.Images, followed.Images) {
		return nil
	}
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		if err := f.cut(func(Epoch) bool { return false }, false); err != nil {
			return fmt.Errorf("pictures: %w", err)
		}
	}
	return f.describe(imagesFile, followed, followed.Sheet, sheet)
}

// Before is the sheet of colours of the newest epoch that has one; nil where none has.
func (f *Folder) Before() ([]byte, error) {
	if f.last == nil {
		return nil, nil
	}
	sheet, err := readOwn(f.file(Colours.name(f.last.Epochs)), MaxSheet)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return sheet, err
}

// Add writes the sheets of an epoch, and then its line.
func (f *Folder) Add(e Epoch, sheets map[Kind][]byte) error {
	e.Sheets = map[Kind]string{}
	for kind, content := range sheets {
		e.Sheets[kind] = kind.name(e.Epochs)
		if err := atomicfile.WriteFile(f.file(e.Sheets[kind]), content); err != nil {
			return fmt.Errorf("pictures: %w", err)
		}
	}
	line, err := json.Marshal(e)
	if err == nil {
		err = errors.Join(f.lines.Append(append(line, '\n')), f.lines.Sync())
	}
	if err != nil {
		return fmt.Errorf("pictures: %w", err)
	}
	if e.Sheets[Colours] != "" {
		f.last = &e
	}
	return nil
}

// Show writes the sheet of views.
func (f *Folder) Show(shown Shown, sheet []byte) error {
	shown.Version, shown.Sheet = Version, Views.name(0)
	return f.describe(viewsFile, shown, shown.Sheet, sheet)
}

// describe writes a sheet, and then what says what is on it.
func (f *Folder) describe(name string, what any, sheetName string, sheet []byte) error {
	text, err := json.Marshal(what)
	if err == nil {
		err = atomicfile.WriteFile(f.file(sheetName), sheet)
	}
	if err == nil {
		err = atomicfile.WriteFile(f.file(name), append(text, '\n'))
	}
	if err != nil {
		return fmt.Errorf("pictures: %w", err)
	}
	return nil
}

// Close closes the folder.
func (f *Folder) Close() error { return f.lines.Close() }

// eachEpoch shows the lines of a log with their lengths in bytes, until visit returns false. A line
// that is none has no sheets; one that is torn is left out.
func eachEpoch(from io.Reader, visit func(e Epoch, length int) bool) error {
	return bounded.EachLine(from, func(line []byte) bool {
		var e Epoch
		if bounded.JSON(line) != nil || json.Unmarshal(line, &e) != nil || !e.whole() {
			e = Epoch{}
		}
		return visit(e, len(line))
	})
}

// whole tells whether a line names sheets of its epoch only, as far as it names any.
func (e Epoch) whole() bool {
	if e.Step < 0 || e.Epochs < 1 {
		return false
	}
	for kind, name := range e.Sheets {
		if name != kind.name(e.Epochs) || !IsSheet(name) {
			return false
		}
	}
	return true
}
