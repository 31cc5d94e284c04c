// Package loader turns image files into batches of views, with several workers
// ahead of the training loop.
//
// A [Loader] walks the steps of an [Order]. For every step it decodes the
// images, renders their views into float buffers and hands the batch out, in
// order of step:
//
//	order (which images) → workers: path → decode → render → Batch → Next
//
// What a batch holds is a function of its step alone. It is the same for any
// number of workers, for any size of cache, and whether the loader began at
// step 0 or at this one, provided that rendering is a function of the image,
// the epoch and the index.
//
// An image that cannot be decoded is replaced by the next one of the order's
// replacements that can, and reported once, with the first batch that met it. A
// file that cannot be read, because it is gone or the system fails, ends the
// loader: skipping it would make the batch depend on when it was unreadable.
package loader
