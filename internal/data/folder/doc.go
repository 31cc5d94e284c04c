// Package folder lists the images of a folder.
//
// [Scan] lists the images below a folder, always in the same order, and finds
// out whether its first-level subfolders can serve as class labels. Labels are
// never trained on: they exist for the k-NN evaluation alone, and only then
// does [Index.HoldOut] keep some images away from training.
//
// Nothing here decodes an image or draws a view.
package folder
