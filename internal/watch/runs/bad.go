package runs

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/dino-go/dino/internal/bounded"
	"github.com/dino-go/dino/internal/data/loader"
	"github.com/dino-go/dino/internal/regularfile"
	"github.com/dino-go/dino/internal/runfiles"
)

// BadImages are images that the run could not decode.
type BadImages struct {
	Total  int               `json:"total"`
	Images []loader.BadImage `json:"images"` // the first of them
}

// BadImages reads the list, and keeps so many images of it. Lines that are no image are passed
// over.
func (r *Run) BadImages(most int) (BadImages, error) {
	bad := BadImages{Images: []loader.BadImage{}}
	file, err := regularfile.OpenOwn(r.file(runfiles.BadImages), os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) {
		return bad, nil
	}
	if err != nil {
		return bad, err
	}
	defer file.Close()
	err = bounded.EachLine(file, func(line []byte) bool {
		var b loader.BadImage
		if json.Unmarshal(line, &b) != nil {
			return true
		}
		if bad.Total++; bad.Total <= most {
			b.Path, b.Reason = clip(b.Path), clip(b.Reason)
			bad.Images = append(bad.Images, b)
		}
		return true
	})
	if err != nil {
		return bad, fmt.Errorf("%s: %w", file.Name(), err)
	}
	return bad, nil
}

// maxText bounds a path or a reason that is shown, in bytes.
const maxText = 1000

// clip cuts a long text off.
func clip(text string) string {
	if len(text) <= maxText {
		return text
	}
	return strings.ToValidUTF8(text[:maxText], "") + "…"
}
