package folder

import (
	"fmt"
	"slices"
	"strings"
)

// splitNames are first-level folders that divide a data set by use, not by
// class: "train" against "val" would be a meaningless label.
var splitNames = []string{"train", "training", "val", "valid", "validation", "dev", "test", "testing"}

// IsSplit tells whether a first-level folder has the name of a part of a data set.
func IsSplit(name string) bool { return slices.Contains(splitNames, strings.ToLower(name)) }

// label sets Classes and the labels of all files when the first-level
// subfolders can be classes: every image lies in one, there are at least two,
// and they are not the splits of a data set. Otherwise it says why not.
func (x *Index) label() {
	classes, why := classFolders(x.Files)
	if why != "" {
		x.WhyUnlabelled = why
		return
	}
	x.Classes = classes
	for i := range x.Files {
		class, _, _ := strings.Cut(x.Files[i].Path, "/")
		x.Files[i].Label, _ = slices.BinarySearch(classes, class)
	}
}

// classFolders returns the sorted first-level folders of the files, or the
// reason why they are not classes.
func classFolders(files []File) (classes []string, why string) {
	for _, f := range files {
		class, _, nested := strings.Cut(f.Path, "/")
		if !nested {
			return nil, fmt.Sprintf("%s lies in no subfolder", f.Path)
		}
		classes = append(classes, class)
	}
	slices.Sort(classes)
	classes = slices.Compact(classes)
	if len(classes) == 0 {
		return nil, "there are no images"
	}
	if len(classes) < 2 {
		return nil, fmt.Sprintf("%s is the only subfolder", classes[0])
	}
	if !slices.ContainsFunc(classes, func(c string) bool { return !IsSplit(c) }) {
		return nil, fmt.Sprintf("the subfolders are splits (%s), not classes; give one of them as the data folder to "+
			"use its classes",
			strings.Join(classes, ", "))
	}
	return classes, ""
}
