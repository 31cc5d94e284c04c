package memory

import (
	"bufio"
	"bytes"
	"math"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// system are the limits of the machine and of the process.
func (p Process) system() []Limit {
	limits := p.bounds()
	if available, ok := p.field("/proc/meminfo", "MemAvailable:"); ok {
		limits = append(limits, Limit{available * 1024, "the machine (MemAvailable)"})
	}
	return limits
}

// bounds are the limits that somebody set for this process: control groups and resource limits.
func (p Process) bounds() []Limit { return append(p.groups(), p.resources()...) }

// resources are the limits of address space and of data (ulimit -v and -d), less what is used.
func (p Process) resources() []Limit {
	text, err := os.ReadFile(p.Root + "/proc/self/limits")
	if err != nil {
		return nil
	}
	var limits []Limit
	for _, r := range []struct{ name, used, from string }{
		{"Max address space", "VmSize:", "the limit of address space (ulimit -v)"},
		{"Max data size", "VmData:", "the limit of data (ulimit -d)"},
	} {
		for line := range strings.Lines(string(text)) {
			rest, ok := strings.CutPrefix(line, r.name)
			values := strings.Fields(rest)
			if !ok || len(values) == 0 {
				continue
			}
			soft, _ := strconv.ParseInt(values[0], 10, 64) // 0 for "unlimited"
			if used, ok := p.field("/proc/self/status", r.used); ok && soft > 0 {
				limits = append(limits, Limit{max(0, soft-used*1024), r.from})
			}
		}
	}
	return limits
}

// field is the number behind a name in a file of lines.
func (p Process) field(file, name string) (int64, bool) {
	text, err := os.ReadFile(p.Root + file)
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == name {
			n, err := strconv.ParseInt(fields[1], 10, 64)
			return n, err == nil
		}
	}
	return 0, false
}

// hierarchy is a tree of control groups.
type hierarchy struct {
	mount, root string   // where it is mounted, and which group is mounted there
	group       string   // of this process
	limits      []string // files with limits
	usage       string   // file with what is used
	inactive    string   // name in memory.stat of what the kernel gives up first
}

// groups are the limits of the control groups of this process and of all above them that can be
// seen.
func (p Process) groups() []Limit {
	var limits []Limit
	for _, h := range p.hierarchies() {
		group := strings.TrimPrefix(h.group, strings.TrimSuffix(h.root, "/"))
		for {
			dir := path.Join(h.mount, group)
			limits = append(limits, p.group(h, dir)...)
			if group == "/" || group == "" || group == "." {
				break
			}
			group = path.Dir(group)
		}
	}
	return limits
}

// group are the limits of one control group.
func (p Process) group(h hierarchy, dir string) []Limit {
	used, ok := p.number(path.Join(dir, h.usage))
	if !ok {
		return nil
	}
	if inactive, ok := p.field(path.Join(dir, "memory.stat"), h.inactive); ok {
		used -= min(used, inactive)
	}
	var limits []Limit
	for _, name := range h.limits {
		// Version 1 writes "no limit" as the largest number of pages.
		if bytes, ok := p.number(path.Join(dir, name)); ok && bytes < math.MaxInt64/2 {
			limits = append(limits, Limit{max(0, bytes-used), "the control group (" + path.Join(dir, name) + ")"})
		}
	}
	return limits
}

// number reads a file that holds one; "max" is none.
func (p Process) number(file string) (int64, bool) {
	text, err := os.ReadFile(filepath.Join(p.Root, file))
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseInt(string(bytes.TrimSpace(text)), 10, 64)
	return n, err == nil
}

// hierarchies are those of version 2, and of version 1's memory controller, that are mounted.
func (p Process) hierarchies() []hierarchy {
	mounts, err := os.ReadFile(p.Root + "/proc/self/mountinfo")
	if err != nil {
		return nil
	}
	groups, err := os.ReadFile(p.Root + "/proc/self/cgroup")
	if err != nil {
		return nil
	}
	var found []hierarchy
	for scanner := bufio.NewScanner(bytes.NewReader(groups)); scanner.Scan(); {
		parts := strings.SplitN(scanner.Text(), ":", 3)
		if len(parts) < 3 {
			continue
		}
		h, kind := hierarchy{
			group: parts[2], limits: []string{"memory.max", "memory.high"}, usage: "memory.current",
			inactive: "inactive_file",
		}, "cgroup2"
		if parts[1] != "" {
			h.limits, h.usage, h.inactive, kind = []string{"memory.limit_in_bytes"}, "memory.usage_in_bytes",
				"total_inactive_file", "cgroup"
		}
		if parts[1] != "" && !hasWord(parts[1], "memory") {
			continue
		}
		if h.mount, h.root = mountOf(string(mounts), kind); h.mount != "" {
			found = append(found, h)
		}
	}
	return found
}

// mountOf finds where a hierarchy is mounted, and which of its groups: "ID PARENT DEVICE ROOT MOUNT
// OPTIONS … - TYPE SOURCE SUPEROPTIONS".
func mountOf(mounts, kind string) (mount, root string) {
	for line := range strings.Lines(mounts) {
		left, right, ok := strings.Cut(line, " - ")
		before, after := strings.Fields(left), strings.Fields(right)
		if !ok || len(before) < 5 || len(after) < 3 || after[0] != kind || kind == "cgroup" &&
			!hasWord(after[2], "memory") {
			continue
		}
		return before[4], before[3]
	}
	return "", ""
}

// hasWord tells whether a list with commas has a word.
func hasWord(list, word string) bool {
	return strings.Contains(","+list+",", ","+word+",")
}
