//go:build !linux

package memory

func (Process) system() []Limit { return nil }

func (Process) bounds() []Limit { return nil }
