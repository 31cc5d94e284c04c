package memory

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	mib  = 1 << 20
	free = "MemTotal: 9999999 kB\nMemAvailable: 4194304 kB\n" // 4 GiB
)

// machine is a tree of files like those of Linux.
func machine(t *testing.T, files map[string]string) Process {
	t.Helper()
	p := Process{Root: t.TempDir()}
	all := map[string]string{
		"/proc/meminfo": free, "/proc/self/status": "VmSize:\t 1024 kB\nVmData:\t 512 kB\n",
		"/proc/self/limits": "Limit                     Soft Limit           Hard Limit           Units     \n" +
			"Max data size             unlimited            unlimited            bytes     \nMax address space       " +
			"  unlimited            unlimited            bytes     \n",
	}
	for name, text := range files {
		all[name] = text
	}
	for name, text := range all {
		path := filepath.Join(p.Root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

const (
	mounts2 = "24 1 0:2 / / rw - ext4 /dev/sda rw\n30 24 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 " +
		"cgroup2 rw\n"
	mounts1 = "30 24 0:26 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n31 24 0:27 / /sys/fs/cgroup/memory rw - " +
		"cgroup cgroup rw,memory\n"
	nested = "/sys/fs/cgroup/a/b/c/"
)

func TestAvailable(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  int64 // MiB
		from  string
	}{
		"machine": {nil, 4096, "MemAvailable"},
		"version 2, less what can be given up": {map[string]string{
			"/proc/self/mountinfo": mounts2, "/proc/self/cgroup": "0::/a/b/c\n",
			nested + "memory.max": "1073741824\n", nested + "memory.current": "209715200\n", nested +
				"memory.stat": "anon 5\ninactive_file 104857600\n",
		}, 1024 - 200 + 100, nested + "memory.max"},
		"version 2, memory.high is lower": {map[string]string{
			"/proc/self/mountinfo": mounts2, "/proc/self/cgroup": "0::/a/b/c\n",
			nested + "memory.max": "1073741824\n", nested + "memory.high": "536870912\n", nested +
				"memory.current": "0\n",
		}, 512, nested + "memory.high"},
		"version 2, a group above is tighter": {map[string]string{
			"/proc/self/mountinfo": mounts2, "/proc/self/cgroup": "0::/a/b/c\n",
			nested + "memory.max": "max\n", nested + "memory.current": "0\n",
			"/sys/fs/cgroup/a/memory.max": "314572800\n", "/sys/fs/cgroup/a/memory.current": "104857600\n",
		}, 200, "/sys/fs/cgroup/a/memory.max"},
		"version 2, in a container that sees its group as the root": {map[string]string{
			"/proc/self/mountinfo": mounts2, "/proc/self/cgroup": "0::/\n",
			"/sys/fs/cgroup/memory.max": "314572800\n", "/sys/fs/cgroup/memory.current": "0\n",
		}, 300, "/sys/fs/cgroup/memory.max"},
		"version 2, in a container that mounts its group": {map[string]string{
			"/proc/self/mountinfo":        "30 24 0:26 /docker/x /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n",
			"/proc/self/cgroup":           "0::/docker/x/y\n",
			"/sys/fs/cgroup/y/memory.max": "314572800\n", "/sys/fs/cgroup/y/memory.current": "0\n",
		}, 300, "/sys/fs/cgroup/y/memory.max"},
		"version 1": {map[string]string{
			"/proc/self/mountinfo": mounts1, "/proc/self/cgroup": "9:cpu:/z\n4:memory:/a/b\n0::/\n",
			"/sys/fs/cgroup/memory/a/b/memory.limit_in_bytes": "419430400\n",
			"/sys/fs/cgroup/memory/a/b/memory.usage_in_bytes": "209715200\n",
			"/sys/fs/cgroup/memory/a/b/memory.stat":           "inactive_file 1\ntotal_inactive_file 104857600\n",
		}, 300, "/sys/fs/cgroup/memory/a/b/memory.limit_in_bytes"},
		"version 1 without a limit": {map[string]string{
			"/proc/self/mountinfo": mounts1, "/proc/self/cgroup": "4:memory:/\n",
			"/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
			"/sys/fs/cgroup/memory/memory.usage_in_bytes": "0\n",
		}, 4096, "MemAvailable"},
		"group that uses more than its limit": {map[string]string{
			"/proc/self/mountinfo": mounts2, "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/memory.max": "100\n",
			"/sys/fs/cgroup/memory.current": "200\n",
		}, 0, "memory.max"},
		"address space": {map[string]string{
			"/proc/self/limits": "Max address space         1074790400           unlimited            bytes     \n",
		}, 1024, "ulimit -v"},
		"data": {map[string]string{
			"/proc/self/limits": "Max data size             537395200           unlimited            bytes     \n",
		}, 512, "ulimit -d"},
		"files that say nothing": {map[string]string{
			"/proc/self/mountinfo": "x\n1 2 3\n - cgroup2\n", "/proc/self/cgroup": "::\nx\n0:\n",
			"/proc/self/limits": "Max address space\n", "/proc/self/status": "VmSize:\n",
		}, 4096, "MemAvailable"},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := machine(t, c.files).Available()
			if !ok || got.Available/mib != c.want || !strings.Contains(got.From, c.from) {
				t.Errorf("%d MiB from %s, want %d from %s", got.Available/mib, got.From, c.want, c.from)
			}
		})
	}
	if l, ok := (Process{Root: t.TempDir()}).Available(); ok {
		t.Errorf("an empty machine has %+v", l)
	}
}

func TestCheck(t *testing.T) {
	p := machine(t, nil)
	if err := p.Check(4096 * mib); err != nil {
		t.Error(err)
	}
	err := p.Check(4096*mib + 1)
	var short *Error
	if !errors.As(err, &short) || short.Limit.Available != 4096*mib ||
		!strings.Contains(err.Error(), "needs about 4.3 GB of memory, but the machine (MemAvailable) leaves 4.3 GB") {
		t.Errorf("got %v", err)
	}
	if err := (Process{Root: t.TempDir()}).Check(1 << 60); err != nil {
		t.Errorf("where nothing is known: %v", err)
	}
}
