// Package pictures is the folder of a run with pictures over time: of a few images that are
// followed, what the teacher's class token attends to, its patch tokens as colours, and the nearest
// neighbours in feature space; and the views of a few images of the first step. docs/formats.md
// describes the files. The package knows no network: see package pretrain for what draws.
//
//   - [Folder]: what a run writes
//   - [Read]: what whoever watches it reads, and believes nothing
//
// Tests: known answer, property (a run that goes on has each epoch once), bad input.
package pictures

import (
	"fmt"
	"regexp"
)

// Version of the files.
const Version = 1

// Names in the folder, beside the sheets of the epochs.
const (
	Log        = "epochs.jsonl"
	imagesFile = "images.json"
	viewsFile  = "views.json"
)

// Described are the names of the files that say what there is: when one changes there is more.
func Described() []string { return []string{Log, imagesFile, viewsFile} }

// Sheets are pictures in rows, without gaps. A sheet of an epoch has a tile for each image that is
// followed, in one row; that of the neighbours one row for the nearest, one for the next, and so
// on.
type Kind string

// Kinds of sheets.
const (
	Images     Kind = "images"     // the images that are followed, once in a run
	Views      Kind = "views"      // once in a run
	Attention  Kind = "attention"  // of the class token in the last block, mean of the heads
	Colours    Kind = "colours"    // three directions in which the patch tokens differ most
	Neighbours Kind = "neighbours" // the images whose features are the most similar
)

// ending of a sheet's name: what is drawn has few colours, photographs many.
func (k Kind) ending() string {
	if k == Attention || k == Colours {
		return ".png"
	}
	return ".jpg"
}

// name of the sheet of a kind after so many epochs; those of 0 are there once in a run.
func (k Kind) name(epochs int) string {
	if epochs == 0 {
		return string(k) + k.ending()
	}
	return fmt.Sprintf("epoch-%04d-%s%s", epochs, k, k.ending())
}

// sheetName is what sheets are called.
var sheetName = regexp.MustCompile(`^((images|views)|epoch-[0-9]{4,9}-(attention|colours|neighbours))\.(png|jpg)$`)

// IsSheet tells whether a name is that of a sheet.
func IsSheet(name string) bool { return sheetName.MatchString(name) }

// File is a file of the images that are followed or compared with.
type File struct {
	Path  string `json:"path"`            // relative to the folder of images, with forward slashes
	Class string `json:"class,omitempty"` // empty without labels
}

// Followed are the images that are followed (images.json).
type Followed struct {
	Version int    `json:"version"`
	Images  []File `json:"images"`
	Sheet   string `json:"sheet"` // as the network sees them in an evaluation
	// Missing says of each kind of sheets that the run has none of, why.
	Missing map[Kind]string `json:"missing,omitempty"`
}

// Epoch is what was drawn after an epoch, a line of epochs.jsonl.
type Epoch struct {
	Step       int             `json:"step"`              // the last of the epoch, from 0
	Epochs     int             `json:"epochs"`            // that were done by then
	Sheets     map[Kind]string `json:"sheets"`            // names by kind
	Missing    map[Kind]string `json:"missing,omitempty"` // why there is none of a kind, this time
	Neighbours [][]Neighbour   `json:"neighbours"`        // of each image that is followed, the nearest first
}

// Neighbour is an image that is near another in feature space.
type Neighbour struct {
	File
	Similarity float64 `json:"similarity"` // cosine, -1 to 1
}

// Shown are the views of the first step that are on a sheet (views.json): a row an image, the
// global views first.
type Shown struct {
	Version int    `json:"version"`
	Images  []File `json:"images"`
	Global  Crops  `json:"global"`
	Local   Crops  `json:"local"`
	Sheet   string `json:"sheet"`
}

// Crops are views of an image.
type Crops struct {
	Shown  int `json:"shown"`  // in a row of the sheet
	Number int `json:"number"` // of an image
	Size   int `json:"size"`   // their side in pixels
}
