package embeddingmap

import (
	"os"
	"path/filepath"
)

// dates are when the files of the images were last changed, in seconds since 1970, 0 where that is
// not known; nil where they tell nothing, because the folder is not known or all are of one day.
func (m *Map) dates() []int64 {
	if m.folder == "" {
		return nil
	}
	dates, days := make([]int64, len(m.images)), map[int64]bool{}
	for row, image := range m.images {
		path := filepath.FromSlash(image.Path)
		if !filepath.IsLocal(path) {
			continue
		}
		if info, err := os.Stat(filepath.Join(m.folder, path)); err == nil && info.ModTime().Unix() > 0 {
			dates[row] = info.ModTime().Unix()
			days[dates[row]/secondsOfDay] = true
		}
	}
	if len(days) < 2 {
		return nil
	}
	return dates
}

const secondsOfDay = 24 * 60 * 60
