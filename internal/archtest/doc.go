// Package archtest holds no code: its tests keep the walls of the house where docs/architecture.md
// draws them, and say why a wall is there when something has gone through it.
package archtest
