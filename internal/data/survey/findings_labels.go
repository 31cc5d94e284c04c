package survey

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dino-go/dino/internal/data/folder"
)

// labels are faults of the class folders. Labels are never trained on: they are for the k-NN score.
func (s *Survey) labels(Rules) []Finding {
	if s.Index.Len() == 0 {
		return nil
	}
	if s.Index.Labelled() {
		return s.classes()
	}
	top := s.topFolders()
	splits := slices.DeleteFunc(slices.Clone(top), func(f topFolder) bool { return !folder.IsSplit(f.name) })
	switch {
	case len(splits) > 1 && len(splits) == len(top):
		return []Finding{s.splitFinding(splits)}
	case len(top) == 0: // flat
		return nil
	case s.strays() > 0 && len(top) > 1:
		return []Finding{s.strayFinding(len(top))}
	case len(top) == 1 && top[0].below > 1:
		return []Finding{{
			Kind: "one-folder", Severity: Note, Count: top[0].images,
			What: fmt.Sprintf("all images lie in one folder, %s, which has %d folders", top[0].name, top[0].below),
			Advice: fmt.Sprintf("give %s as the data folder if those are classes: then a k-NN score is measured",
				filepath.Join(s.Index.Root, top[0].name)),
		}}
	}
	return nil
}

// topFolder is a folder right below the root.
type topFolder struct {
	name   string
	images int
	below  int // folders in it that have images
}

// topFolders are the folders right below the root that have images.
func (s *Survey) topFolders() []topFolder {
	var all []topFolder
	at := map[string]int{} // names are not in sequence: in byte order "a-b/x" may lie between two files of "a"
	last := ""
	for _, f := range s.Index.Files {
		name, rest, nested := strings.Cut(f.Path, "/")
		if !nested {
			continue
		}
		i, known := at[name]
		if !known {
			i = len(all)
			at[name] = i
			all = append(all, topFolder{name: name})
		}
		all[i].images++
		if below, _, deeper := strings.Cut(rest, "/"); deeper && name+"/"+below != last {
			last = name + "/" + below
			all[i].below++
		}
	}
	return all
}

// strays are the images that lie in no folder.
func (s *Survey) strays() int {
	n := 0
	for _, f := range s.Index.Files {
		if !strings.Contains(f.Path, "/") {
			n++
		}
	}
	return n
}

func (s *Survey) splitFinding(splits []topFolder) Finding {
	var parts []string
	total := 0
	best := splits[0]
	for _, f := range splits {
		parts = append(parts, fmt.Sprintf("%s %d", f.name, f.images))
		total += f.images
		if f.images > best.images {
			best = f
		}
	}
	return Finding{
		Kind: "splits", Severity: Warning, Count: total,
		What: fmt.Sprintf("the folder holds splits of a data set (%s); all of them would be trained on, and there is "+
			"no k-NN score", strings.Join(parts, ", ")),
		Advice: fmt.Sprintf("give %s as the data folder, and keep the others to measure on (dino eval)",
			filepath.Join(s.Index.Root, best.name)),
	}
}

func (s *Survey) strayFinding(folders int) Finding {
	f := Finding{
		Kind: "strays", Severity: Warning, Count: s.strays(),
		What: fmt.Sprintf("%s in no folder, beside %d folders: if the folders are classes, they are not used as such, "+
			"and there is no k-NN score", plural(s.strays(), "image lies", "images lie"), folders),
		Advice: "move them into folders of their classes, or out of the data folder",
	}
	for _, file := range s.Index.Files {
		if !strings.Contains(file.Path, "/") && len(f.Examples) < maxShown {
			f.Examples = append(f.Examples, Example{Path: file.Path})
		}
	}
	return f
}

// Class is a class folder.
type Class struct {
	Name   string
	Images int
}

// Classes are the class folders, the largest first; nil without labels.
func (s *Survey) Classes() []Class {
	classes := make([]Class, len(s.Index.Classes))
	for c, name := range s.Index.Classes {
		classes[c].Name = name
	}
	for _, f := range s.Index.Files {
		if f.Label != folder.Unlabelled {
			classes[f.Label].Images++
		}
	}
	slices.SortStableFunc(classes, func(a, b Class) int { return cmp.Compare(b.Images, a.Images) })
	return classes
}

// classes are faults of folders that serve as classes.
func (s *Survey) classes() []Finding {
	var all []Finding
	classes := s.Classes()
	if mixed := slices.DeleteFunc(slices.Clone(s.Index.Classes),
		func(c string) bool { return !folder.IsSplit(c) }); len(mixed) > 0 {
		all = append(all, Finding{
			Kind: "split-as-class", Severity: Warning, Count: len(mixed),
			What: fmt.Sprintf("folders with names of splits (%s) lie beside others, and are taken for classes",
				strings.Join(mixed, ", ")),
			Advice: "give the folder that holds the classes, or move the splits elsewhere; if they are " +
				"classes, all is well",
		})
	}
	if twins := twins(s.Index.Classes); len(twins) > 0 {
		all = append(all, Finding{
			Kind: "class-twins", Severity: Warning, Count: len(twins),
			What: fmt.Sprintf("class folders differ only in upper and lower case, spaces or hyphens: %s",
				strings.Join(twins, ", ")),
			Advice: "put them together: the k-NN score takes them for different classes",
		})
	}
	single := slices.DeleteFunc(slices.Clone(classes), func(c Class) bool { return c.Images > 1 })
	switch n := len(single); {
	case 2*n > len(classes):
		all = append(all, Finding{
			Kind: "single-images", Severity: Warning, Count: n,
			What:   fmt.Sprintf("%d of %d class folders hold one image: they are hardly classes", n, len(classes)),
			Advice: "turn the k-NN score off (--set knn.every_epochs=0), or group the images by class",
		})
	case n > 0:
		all = append(all, Finding{
			Kind: "single-images", Severity: Note, Count: n,
			What: fmt.Sprintf("%s one image, which cannot be held out: the k-NN score does not measure them",
				plural(n, "class has", "classes have")),
			Advice: "nothing to do, or add images of these classes",
		})
	}
	if most, least := classes[0], classes[len(classes)-1]; most.Images > Unbalanced*least.Images {
		all = append(all, Finding{
			Kind: "uneven-classes", Severity: Note, Count: len(classes),
			What: fmt.Sprintf("the classes are uneven: %s has %s, %s has %d", most.Name, images(most.Images),
				least.Name,
				least.Images),
			Advice: "look at the balanced accuracy of dino eval knn; training does not look at classes",
		})
	}
	return all
}

// twins are class names that are the same but for case, spaces, hyphens and underscores.
func twins(classes []string) []string {
	plain := strings.NewReplacer(" ", "", "-", "", "_", "")
	by := map[string][]string{}
	for _, c := range classes {
		key := plain.Replace(strings.ToLower(c))
		by[key] = append(by[key], c)
	}
	var all []string
	for _, c := range classes {
		if key := plain.Replace(strings.ToLower(c)); len(by[key]) > 1 {
			all = append(all, strings.Join(by[key], " and "))
			delete(by, key)
		}
	}
	return all
}
