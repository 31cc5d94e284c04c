// Package testkit holds what the tests of several packages share: the walk over
// the golden cases of testdata/golden and numerical comparison. It is imported
// by tests only.
package testkit
