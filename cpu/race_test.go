//go:build race

package cpu

// raceDetector: compute's own engine does arithmetic on pointers that the detector's checks of
// pointers do not allow.
const raceDetector = true
