package survey

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dino-go/dino/internal/data/folder"
	"github.com/dino-go/dino/internal/data/imageio"
	"github.com/dino-go/dino/internal/regularfile"
)

// kinds are what endings of ignored files stand for.
var kinds = []struct{ kind, endings, what, advice string }{
	{
		"video", ".mp4 .mov .avi .mkv .webm .m4v .wmv .mpg .mpeg", "of videos, which a training does not read",
		"take frames out, for example with ffmpeg -i a.mp4 -vf fps=1 a-%05d.jpg",
	},
	{
		"archive", ".zip .tar .gz .tgz .bz2 .xz .zst .7z .rar .tfrecord .parquet .arrow .lmdb .mdb .h5 .hdf5",
		"of archives and data sets in one file, which a training does not open",
		"unpack them if they hold images",
	},
}

// unsupported are images of kinds that are not read, a finding for each kind, and the other files.
func unsupported(ignored []folder.Ignored) (all []Finding, rest []folder.Ignored) {
	byKind, order := map[string][]folder.Ignored{}, []string{}
	for _, i := range ignored {
		kind := imageio.UnreadName(i.Ending)
		if kind == "" {
			rest = append(rest, i)
			continue
		}
		if byKind[kind] == nil {
			order = append(order, kind)
		}
		byKind[kind] = append(byKind[kind], i)
	}
	for _, kind := range order {
		f := ignoredFinding("unsupported", byKind[kind])
		f.Severity, f.Advice = Warning, imageio.Convert(kind)+", if they are meant to be trained on"
		f.What = fmt.Sprintf("%s passed over (%s), of a kind of images that is not read: %s",
			plural(f.Count, "file is", "files are"), endings(byKind[kind]), kind)
		all = append(all, f)
	}
	return all, rest
}

// ignored are files that a training passes over, which their owner may have meant to be used.
func (s *Survey) ignored(Rules) []Finding {
	all, rest := unsupported(s.Index.Ignored)
	for _, k := range kinds {
		var of []folder.Ignored
		rest = slices.DeleteFunc(rest, func(i folder.Ignored) bool {
			known := i.Ending != "" && slices.Contains(strings.Fields(k.endings), i.Ending)
			if known {
				of = append(of, i)
			}
			return known
		})
		if len(of) > 0 {
			f := ignoredFinding(k.kind, of)
			f.Severity, f.Advice = Warning, k.advice
			f.What = fmt.Sprintf("%s passed over (%s), %s", plural(f.Count, "file is", "files are"), endings(of),
				k.what)
			all = append(all, f)
		}
	}
	if of := s.disguised(&rest); len(of) > 0 {
		f := ignoredFinding("misnamed", of)
		f.Severity, f.Advice = Warning, "give them the ending of their format, as .jpg"
		f.What = fmt.Sprintf("%s passed over for the name (%s), but some are images by what they hold",
			plural(f.Count, "file is", "files are"), endings(of))
		all = append(all, f)
	}
	if len(rest) > 0 {
		f := ignoredFinding("ignored", rest)
		f.Severity, f.Advice = Note, "nothing to do, unless they are images under other names"
		f.What = fmt.Sprintf("%s not that of an image: %s",
			plural(f.Count, "file is passed over, since its ending is",
				"files are passed over, since their endings are"), endings(rest))
		all = append(all, f)
	}
	return all
}

func ignoredFinding(kind string, of []folder.Ignored) Finding {
	f := Finding{Kind: kind}
	for _, i := range of {
		f.Count += i.Count
		for _, path := range i.Examples[:min(2, len(i.Examples))] {
			if len(f.Examples) < maxShown {
				f.Examples = append(f.Examples, Example{Path: path})
			}
		}
	}
	return f
}

// disguised takes out of the ignored files those endings of which an example is an image by its
// content.
func (s *Survey) disguised(ignored *[]folder.Ignored) (found []folder.Ignored) {
	*ignored = slices.DeleteFunc(*ignored, func(i folder.Ignored) bool {
		is := slices.ContainsFunc(i.Examples, func(path string) bool {
			return beginsLikeImage(filepath.Join(s.Index.Root, filepath.FromSlash(path)))
		})
		if is {
			found = append(found, i)
		}
		return is
	})
	return found
}

// beginsLikeImage looks at the first bytes of a file.
func beginsLikeImage(path string) bool {
	file, err := regularfile.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	begin := make([]byte, 64)
	n, _ := file.Read(begin)
	return imageio.IsFormat(begin[:n])
}

// endings lists endings with their numbers, at most six.
func endings(of []folder.Ignored) string {
	var parts []string
	for _, i := range of[:min(6, len(of))] {
		name := i.Ending
		if name == "" {
			name = "without ending"
		}
		parts = append(parts, fmt.Sprintf("%d %s", i.Count, name))
	}
	if len(of) > len(parts) {
		parts = append(parts, "others")
	}
	return strings.Join(parts, ", ")
}
