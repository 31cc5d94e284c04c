//go:build race

package backend_test

// raceDetector: compute's own engine does arithmetic on pointers that the detector's checks of
// pointers do not allow.
const raceDetector = true
