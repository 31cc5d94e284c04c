// Package regularfile opens the files that somebody else names: regular files, and nothing else.
//
// A named pipe, a socket or a device in the place of a file would block whoever opens or reads it,
// or never end. [Open] and [ReadFile] refuse them without blocking; every reader of a path that a
// user gives, or that lies in a folder that a user gives, uses them (package archtest sees to it).
// Symbolic links are followed to what is read, for folders of links are common.
//
// What is written is guarded more closely: see [CheckOwn].
//
// Tests: known answer, bad input (real pipes, sockets and devices; injected system errors).
package regularfile
