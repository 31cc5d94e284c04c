package weights_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/dino-go/dino/weights"
)

// entry is an entry of an archive written by hand.
type entry struct {
	name, text string
	deflate    bool
}

func archive(entries ...entry) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range entries {
		method := zip.Store
		if e.deflate {
			method = zip.Deflate
		}
		f, err := w.CreateHeader(&zip.FileHeader{Name: e.name, Method: method})
		if err != nil {
			panic(err)
		}
		if _, err := f.Write([]byte(e.text)); err != nil {
			panic(err)
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// short is the opcode of a text of less than 256 bytes.
func short(text string) string { return "\x8c" + string(rune(len(text))) + text }

// storage is the persistent id of a storage of four-byte elements.
func storage(key string, elements uint32) string {
	return "(" + short("storage") + "ctorch\nFloatStorage\n" + short(key) + short("cpu") + number(elements) + "tQ"
}

func number(n uint32) string { return "J" + string(binary.LittleEndian.AppendUint32(nil, n)) }

// view is a tensor of two dimensions on a storage.
func view(storage string, offset, rows, cols, rowStride, colStride uint32) string {
	return "ctorch._utils\n_rebuild_tensor_v2\n(" + storage + number(offset) + number(rows) + number(cols) + "\x86" +
		number(rowStride) + number(colStride) + "\x86" + "\x89}tR"
}

// named is a dict of one tensor.
func named(name, tensor string) string { return "\x80\x02}" + short(name) + tensor + "s." }

// legacy is the older form with a value, the keys of its storages and their data.
func legacy(value, keys, data string) []byte {
	return []byte("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19." + "\x80\x02M\xe9\x03." + "\x80\x02}" +
		short("little_endian") + "\x88s." + value + keys + data)
}

func writeFile(t testing.TB, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "w.pth")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestPTHByHand(t *testing.T) {
	four := "\x00\x00\x80\x3f\x00\x00\x00\x40\x00\x00\x40\x40\x00\x00\x80\x40" // 1, 2, 3, 4
	for name, data := range map[string][]byte{
		"zip": archive(entry{"x/data.pkl", named("w", view(storage("0", 4), 0, 2, 2, 1, 2)), false},
			entry{"x/data/0", four, false}),
		"legacy": legacy(named("w", view(storage("0", 4), 0, 2, 2, 1, 2)), "]"+short("0")+"a.",
			"\x04\x00\x00\x00\x00\x00\x00\x00"+four),
	} {
		f, err := weights.OpenAny(writeFile(t, data))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		defer f.Close()
		w, err := f.Tensor("w")
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(float32s(t, w)); got != "[1 3 2 4]" {
			t.Errorf("%s: %s, want the transposed matrix", name, got)
		}
		if _, err := f.Tensor("v"); err == nil || !strings.Contains(err.Error(), `no tensor "v" among the 1`) {
			t.Errorf("%s: a tensor that is not there gives %v", name, err)
		}
	}
}

func TestPTHBadInput(t *testing.T) {
	pkl := func(text string, more ...entry) []byte {
		return archive(append([]entry{{"x/data.pkl", text, false}}, more...)...)
	}
	data := entry{"x/data/0", strings.Repeat("\x00", 16), false}
	whole := view(storage("0", 4), 0, 2, 2, 2, 1)
	for _, test := range []struct {
		name string
		data []byte
		want string
	}{
		{"empty", nil, "has 0 bytes"},
		{"text", []byte("this is no file of weights at all"), "not a safetensors file"},
		{
			"pickle of something else", []byte("\x80\x04\x95\x0a\x00\x00\x00\x00\x00\x00\x00]\x94."),
			"is a pickle, but not one that torch.save wrote",
		},
		{"archive of something else", archive(entry{"readme", "", false}), "without NAME/data.pkl"},
		{
			"os.system", pkl("cposix\nsystem\n" + short("echo pwned") + "\x85R."),
			`an object of the class "posix.system"`,
		},
		{"eval", pkl("c__builtin__\neval\n" + short("1") + "\x85R."), `an object of the class "__builtin__.eval"`},
		{
			"os.system, legacy", legacy("cos\nsystem\n"+short("id")+"\x85R.", "].", ""),
			`an object of the class "os.system"`,
		},
		{"nothing was run", pkl("cos\nsystem\n."), "nothing was run"},
		{"unknown opcode", pkl("\x80\x02i."), "unknown opcode"},
		{
			"bomb as pickle", archive(entry{"x/data.pkl", strings.Repeat("N0", 1<<20) + "N.", true}),
			`entry "x/data.pkl" of the archive is compressed`,
		},
		{
			"bomb as storage", archive(entry{
				"x/data.pkl",
				named("w", view(storage("0", 1<<20), 0, 1<<10, 1<<10, 1<<10, 1)), false,
			},
				entry{"x/data/0", strings.Repeat("\x00", 4<<20), true}),
			`entry "x/data/0" of the archive is compressed`,
		},
		{"bomb of views", pkl("\x80\x02]("+storage("0", 1<<20)+"q\x010"+
			strings.Repeat(view("h\x01", 0, 1<<10, 1<<10, 1<<10, 1), 20)+"e.",
			entry{"x/data/0", strings.Repeat("\x00", 4<<20), false}), "claim more than twice"},
		{
			"bomb of strides", pkl(named("w", view(storage("0", 4), 0, 1<<15, 1<<15, 0, 0)), data),
			"claim more than twice",
		},
		{"bomb of dicts", pkl("](" + strings.Repeat("]", 1<<20) + "e."), "more memory than a file of this size"},
		{"laughs", pkl(laughs()), "has more values"},
		{"a list in itself", pkl("]q\x01h\x01a."), "deeper than"},
		{"missing storage", pkl(named("w", whole)), "the archive lacks the storage x/data/0"},
		{
			"short storage", pkl(named("w", whole), entry{"x/data/0", "1234", false}),
			"storage x/data/0 has 4 bytes, 4 elements of F32 need 16",
		},
		{
			"outside", pkl(named("w", view(storage("0", 4), 1, 2, 2, 2, 1)), data),
			"lies outside its storage of 4 elements",
		},
		{
			"negative offset", pkl(named("w", view(storage("0", 4), 0xffffffff, 2, 2, 2, 1)), data),
			"begins at element -1 of its storage",
		},
		{
			"negative shape", pkl(named("w", view(storage("0", 4), 0, 0xffffffff, 2, 2, 1)), data),
			"axis 0 of a tensor has a dimension or a stride that is no integer from 0",
		},
		{
			"negative stride", pkl(named("w", view(storage("0", 4), 3, 2, 2, 0xffffffff, 1)), data),
			"axis 0 of a tensor has a dimension or a stride that is no integer from 0",
		},
		{
			"two sizes", pkl("\x80\x02}("+short("a")+whole+short("b")+view(storage("0", 3), 0, 1, 1, 1, 1)+"u.", data),
			`storage "0" is 4 elements of F32 here and 3 of F32 there`,
		},
		{"not a storage", pkl("K\x01Q."), "refers to data other than a storage"},
		{"no tensor", pkl("ctorch._utils\n_rebuild_tensor_v2\nK\x01\x85R."), "a tensor is made from 1 values"},
		{
			"tensor of numbers", pkl("ctorch._utils\n_rebuild_tensor_v2\n(K\x01K\x01K\x01K\x01tR."),
			"is not made from a storage",
		},
		{
			"one name twice", pkl("\x80\x02}("+short("a/b")+whole+short("a")+"}"+short("b")+whole+"su.", data),
			`tensor "a/b" appears twice`,
		},
		{"big-endian", pkl(named("w", whole), data, entry{"x/byteorder", "big", false}), `byte order is "big"`},
		{"entry twice", archive(entry{"x/data.pkl", "N.", false}, entry{"x/data.pkl", "N.", false}), "appears twice"},
		{
			"legacy without data", legacy(named("w", whole), "]"+short("0")+"a.", ""),
			`ends before the data of storage "0"`,
		},
		{
			"legacy with too little",
			legacy(named("w", whole), "]"+short("0")+"a.", "\x04\x00\x00\x00\x00\x00\x00\x001234"),
			`ends within the data of storage "0"`,
		},
		{
			"legacy with another count",
			legacy(named("w", whole), "]"+short("0")+"a.", "\x05\x00\x00\x00\x00\x00\x00\x00"),
			`has 5 elements, the value says 4`,
		},
		{"legacy without key", legacy(named("w", whole), "].", ""), `the data of storage "0" is missing`},
		{
			"legacy with another key", legacy(named("w", whole), "]"+short("1")+"a.", ""),
			"that the value does not refer to",
		},
		{
			"legacy protocol", []byte("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.K\x05."),
			"protocol is another, want 1001",
		},
	} {
		f, err := weights.OpenAny(writeFile(t, test.data))
		if err == nil {
			f.Close()
		}
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "w.pth") {
			t.Errorf("%s: got %v, want %q", test.name, err, test.want)
		}
	}
}

// laughs is a list of lists of lists … that refer to the same one many times over.
func laughs() string {
	text := "]q\x00"
	for level := range 20 {
		text += fmt.Sprintf("0](%se", strings.Repeat("h"+string(rune(level)), 10)) + "q" + string(rune(level+1))
	}
	return text + "."
}

// TestPTHCutOff cuts files off at every length: an error each time, and no crash.
func TestPTHCutOff(t *testing.T) {
	pickled := named("w", view(storage("0", 4), 0, 2, 2, 2, 1))
	for name, whole := range map[string][]byte{
		"zip":    archive(entry{"x/data.pkl", pickled, false}, entry{"x/data/0", strings.Repeat("\x00", 16), false}),
		"legacy": legacy(pickled, "]"+short("0")+"a.", "\x04\x00\x00\x00\x00\x00\x00\x00"+strings.Repeat("\x00", 16)),
	} {
		path := writeFile(t, whole)
		for n := len(whole) - 1; n >= 0; n-- {
			if err := os.Truncate(path, int64(n)); err != nil {
				t.Fatal(err)
			}
			if f, err := weights.OpenPTH(path); err == nil {
				f.Close()
				t.Errorf("%s: %d of %d bytes are accepted", name, n, len(whole))
			}
		}
	}
}

// TestPTHMemory opens files that are made to take much memory: it stays below twice the size of the
// file.
func TestPTHMemory(t *testing.T) {
	const size = 24 << 20
	var directory []entry
	for i := range 200_000 {
		directory = append(directory, entry{fmt.Sprintf("x/data/%d", i), "", false})
	}
	for name, data := range map[string][]byte{
		"dicts":   archive(entry{"x/data.pkl", "](" + strings.Repeat("}", size) + "e.", false}),
		"text":    archive(entry{"x/data.pkl", "](" + strings.Repeat("\x8c\x01a", size/3) + "e.", false}),
		"entries": archive(directory...),
		"legacy":  legacy("]("+strings.Repeat("}", size)+"e.", "].", ""),
	} {
		path := writeFile(t, data)
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		f, err := weights.OpenPTH(path)
		runtime.ReadMemStats(&after)
		if err == nil {
			f.Close()
			t.Errorf("%s: is accepted", name)
		}
		// What was allocated in all is more than what was in use at any time.
		if used := after.TotalAlloc - before.TotalAlloc; used > uint64(2*len(data))+(32<<20) {
			t.Errorf("%s: %d MB for a file of %d MB", name, used>>20, len(data)>>20)
		}
	}
}

// FuzzOpenPTH checks that no file makes the reader panic, hang or take much memory, and that what
// it accepts can be read.
//
// Go makes every input that reaches new code smaller, with a number of trials that grows with the
// square of its length and is counted when it ends: inputs of a whole file, and files on disk, left
// time for five executions in 13 s. So the parts are drawn, the archive around them is made here,
// and all stays in memory. An execution takes 16 µs of one core in a plain loop, and some 170 under
// the fuzzer, twice as many while the minimizer works on new inputs.
func FuzzOpenPTH(f *testing.F) {
	const zipped, older, whole = 0, 1, 2
	pickled := []byte(named("w", view(storage("0", 4), 0, 2, 2, 1, 2)))
	f.Add(uint8(zipped), pickled, make([]byte, 16))
	f.Add(uint8(zipped), []byte("cargparse\nNamespace\n)R}"+short("lr")+"G\x3f\xf8\x00\x00\x00\x00\x00\x00sb."),
		[]byte{})
	f.Add(uint8(zipped), []byte("}("+short("a")+"]"+short("b")+"K\x01u."), []byte{})
	f.Add(uint8(older), pickled,
		append([]byte("]"+short("0")+"a.\x04\x00\x00\x00\x00\x00\x00\x00"), make([]byte, 16)...))
	f.Add(uint8(whole), archive(entry{"x/data.pkl", "N.", false}), []byte{})
	f.Add(uint8(whole), legacy("N.", "].", ""), []byte{})
	f.Fuzz(func(t *testing.T, kind uint8, value, rest []byte) {
		data := value
		switch kind % 3 {
		case zipped:
			data = archive(entry{"x/data.pkl", string(value), false}, entry{"x/data/0", string(rest), false})
		case older:
			data = legacy(string(value), string(rest), "")
		}
		file, err := weights.OpenPTHBytes(data)
		if err != nil {
			return
		}
		defer file.Close()
		for _, name := range file.Names() {
			tensor, err := file.View(name)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if _, err := weights.Summarize(tensor); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
	})
}
