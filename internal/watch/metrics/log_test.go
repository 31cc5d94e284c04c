package metrics

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dino-go/dino/internal/testkit"
)

// lineOf is a line as a run writes it.
func lineOf(step, perEpoch int) string {
	text := fmt.Sprintf(`{"step":%d,"epoch":%d,"loss":%g,"kl":%g,"lr":0.0005`, step, step/perEpoch,
		5+math.Sin(float64(step)/50), float64(step%7))
	if (step+1)%perEpoch == 0 {
		text += fmt.Sprintf(`,"knn":%d`, step%100)
	}
	return text + "}\n"
}

func linesOf(from, to int) string {
	var text strings.Builder
	for step := from; step < to; step++ {
		text.WriteString(lineOf(step, 100))
	}
	return text.String()
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// grow appends to a file.
func grow(t testing.TB, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

// update reads all there is.
func update(t testing.TB, l *Log) (changed bool) {
	t.Helper()
	for {
		c, more, err := l.Update(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		changed = changed || c
		if !more {
			return changed
		}
	}
}

// shown are the curves as the page gets them, without the name of their generation.
func shown(t testing.TB, l *Log, p Part) string {
	t.Helper()
	c, err := l.Curves(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	c.Generation = ""
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func opened(t testing.TB, path string) *Log {
	t.Helper()
	l := Open(path)
	update(t, l)
	return l
}

// A file that comes in pieces, cut anywhere, is in the end what it is as a whole.
func TestPiecesEqualTheWhole(t *testing.T) {
	draw := rand.New(rand.NewPCG(testkit.Seed(t), 0))
	text := linesOf(0, 3*maxBuckets)
	dir := t.TempDir()
	whole, pieces := filepath.Join(dir, "whole"), filepath.Join(dir, "pieces")
	write(t, whole, text)
	want := shown(t, opened(t, whole), Whole(500))
	l := Open(pieces)
	for rest := text; rest != ""; {
		n := min(1+draw.IntN(20_000), len(rest))
		grow(t, pieces, rest[:n])
		rest = rest[n:]
		update(t, l)
	}
	if got := shown(t, l, Whole(500)); got != want {
		t.Errorf("in pieces:\n%.300s\nwhole:\n%.300s", got, want)
	}
	if whole, damaged := l.index.lines, l.damaged; whole != 3*maxBuckets || damaged != 0 {
		t.Errorf("%d lines, %d damaged", whole, damaged)
	}
}

// Buckets have the least, mean and largest of the values of their lines, at any width.
func TestCurvesEqualTheirValues(t *testing.T) {
	draw := rand.New(rand.NewPCG(testkit.Seed(t), 0))
	path := filepath.Join(t.TempDir(), "metrics.jsonl")
	for _, lines := range []int{1, 5, maxBuckets - 1, maxBuckets, maxBuckets + 1, 5*maxBuckets + 3} {
		write(t, path, linesOf(0, lines))
		l := opened(t, path)
		for range 20 {
			p := Part{First: int64(draw.IntN(lines)), Points: 1 + draw.IntN(300)}
			p.Last = p.First + int64(draw.IntN(lines))
			c, err := l.Curves(t.Context(), p)
			if err != nil {
				t.Fatal(err)
			}
			if len(c.Steps) > p.Points+1 {
				t.Fatalf("%d points, at most %d were wanted", len(c.Steps), p.Points)
			}
			checkValues(t, c)
			if last := c.Steps[len(c.Steps)-1]; last < min(p.Last, int64(lines-1)) || c.Steps[0] < p.First {
				t.Fatalf("steps %d to %d for %+v", c.Steps[0], last, p)
			}
		}
	}
}

// valuesOf are the numbers of lineOf.
func valuesOf(t *testing.T, step int64) map[string]float64 {
	t.Helper()
	var values map[string]float64
	if err := json.Unmarshal([]byte(lineOf(int(step), 100)), &values); err != nil {
		t.Fatal(err)
	}
	return values
}

// checkValues compares the curves of lineOf's numbers with all values of some buckets.
func checkValues(t *testing.T, c Curves) {
	t.Helper()
	for i := 1; i < len(c.Steps)-1; i += 1 + len(c.Steps)/20 { // the first and the last may have fewer lines
		last := c.Steps[i]
		sums := map[string]cell{}
		for step := c.Steps[i-1] + 1; step <= last; step++ {
			for name, v := range valuesOf(t, step) {
				sum := sums[name]
				sum.add(cell{v, 1, float32(v), float32(v)})
				sums[name] = sum
			}
		}
		for n, name := range c.Names {
			got, want := c.Columns[n], sums[name]
			if want.n == 0 {
				if !math.IsNaN(float64(got.Mean[i])) || !math.IsNaN(float64(got.Min[i])) {
					t.Fatalf("%s at step %d is %v, want none", name, last, got.Mean[i])
				}
				continue
			}
			mean := want.sum / float64(want.n)
			if math.Abs(float64(got.Mean[i])-mean) > 1e-5 || got.Min[i] != want.min || got.Max[i] != want.max {
				t.Fatalf("%s at step %d is %v (%v to %v), want %v (%v to %v)", name, last, got.Mean[i], got.Min[i],
					got.Max[i], mean, want.min, want.max)
			}
		}
	}
}

// What is asked for since a bucket goes on behind what was answered before.
func TestCurvesSince(t *testing.T) {
	path := filepath.Join(t.TempDir(), "metrics.jsonl")
	write(t, path, linesOf(0, 700))
	l := opened(t, path)
	before, err := l.Curves(t.Context(), Whole(500))
	if err != nil {
		t.Fatal(err)
	}
	grow(t, path, linesOf(700, 900))
	update(t, l)
	since := len(before.Steps) - 1
	after, err := l.Curves(t.Context(), Part{Last: math.MaxInt64, Points: 500, Since: since})
	if err != nil {
		t.Fatal(err)
	}
	if before.Generation != after.Generation || after.From != since {
		t.Fatalf("generations %s and %s, from %d", before.Generation, after.Generation, after.From)
	}
	all, err := l.Curves(t.Context(), Whole(500))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(all.Steps, append(before.Steps[:since:since], after.Steps...)); diff != "" {
		t.Error(diff)
	}
}

// A part that the buckets are too wide for is read from the file again, line by line.
func TestCurvesOfAShortPart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "metrics.jsonl")
	write(t, path, linesOf(0, 40_000))
	l := opened(t, path)
	c, err := l.Curves(t.Context(), Part{First: 30_000, Last: 30_199, Points: 400})
	if err != nil {
		t.Fatal(err)
	}
	if c.Width != 1 || len(c.Steps) != 200 || c.Steps[0] != 30_000 || c.Steps[199] != 30_199 {
		t.Fatalf("width %d, %d steps", c.Width, len(c.Steps))
	}
	checkValues(t, c)
}

// A run that goes on from its checkpoint cuts lines off and writes them anew, and a run that is
// started over begins the file anew: nothing of the old lines stays.
func TestFileThatIsCutOffOrReplaced(t *testing.T) {
	dir := t.TempDir()
	path, other := filepath.Join(dir, "metrics.jsonl"), filepath.Join(dir, "other")
	for name, change := range map[string]func(){
		"shorter": func() { write(t, path, linesOf(0, 50)) },
		"cut off and grown on": func() {
			write(t, path,
				linesOf(0, 50)+strings.ReplaceAll(linesOf(50, 300), "0.0005", "0.0007"))
		},
		"replaced": func() {
			write(t, other, linesOf(0, 400))
			if err := os.Rename(other, path); err != nil {
				t.Fatal(err)
			}
		},
		"removed": func() {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		},
	} {
		os.Remove(path)
		write(t, path, linesOf(0, 200))
		l := opened(t, path)
		before := l.generation
		change()
		if !update(t, l) {
			t.Errorf("%s: not noticed", name)
		}
		if l.generation == before {
			t.Errorf("%s: the generation stays", name)
		}
		if got, want := shown(t, l, Whole(500)), shown(t, opened(t, path), Whole(500)); got != want {
			t.Errorf("%s:\n%.300s\nwant\n%.300s", name, got, want)
		}
		if update(t, l) {
			t.Errorf("%s: noticed twice", name)
		}
	}
}

// Lines that are damaged, torn, without a step or out of order do not count, and end nothing.
func TestDamagedLines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "metrics.jsonl")
	write(t, path, lineOf(0, 9)+"\x00\x00\n"+`{"epoch":1}`+"\n"+`{"step":-1}`+"\n"+`{"step":1.5}`+"\n"+lineOf(1, 9)+
		lineOf(0, 9)+lineOf(1, 9)+"\n"+lineOf(2, 9)+`{"step":3,"lo`)
	l := opened(t, path)
	if whole, damaged := l.index.lines, l.damaged; whole != 3 || damaged != 7 {
		t.Errorf("%d lines, %d damaged, want 3 and 7", whole, damaged)
	}
	last, err := ReadLast(path)
	if err != nil || last.Step != 2 || last.Values["kl"] != 2 || last.Means["kl"] != 1 {
		t.Errorf("the last line is %+v, %v", last, err)
	}
	grow(t, path, `ss":1}`+"\n")
	if !update(t, l) {
		t.Error("the rest of the torn line was not noticed")
	}
	if whole, damaged := l.index.lines, l.damaged; whole != 4 || damaged != 7 {
		t.Errorf("%d lines, %d damaged, want 4 and 7", whole, damaged)
	}
}

// The number of names is bounded, and so is what a file without line ends takes.
func TestHostileFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "metrics.jsonl")
	var text strings.Builder
	for step := range 100 {
		fmt.Fprintf(&text, `{"step":%d`, step)
		for i := range 100 {
			fmt.Fprintf(&text, `,"n%d":%d`, step*100+i, i)
		}
		text.WriteString("}\n")
	}
	write(t, path, text.String())
	l := opened(t, path)
	c, err := l.Curves(t.Context(), Whole(10))
	if err != nil || len(c.Names) != maxColumns {
		t.Errorf("%d names, %v", len(c.Names), err)
	}
	if err := os.Truncate(path, 1<<40); err != nil {
		t.Skip("no sparse files: ", err)
	}
	for range 2 {
		if _, _, err := l.Update(t.Context()); err == nil ||
			!strings.Contains(err.Error(), "which no such line needs") {
			t.Errorf("a line without end: %v", err)
		}
	}
	if last, err := ReadLast(path); err != nil || last.Step != -1 {
		t.Errorf("the last line is %+v, %v", last, err)
	}
}

// Neither a link nor a folder is read in the place of the file.
func TestNoFile(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "there"), linesOf(0, 3))
	link := filepath.Join(dir, "link")
	if err := os.Symlink("there", link); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{link, dir} {
		if _, _, err := Open(path).Update(t.Context()); err == nil {
			t.Errorf("%s was read", path)
		}
		if _, err := ReadLast(path); err == nil {
			t.Errorf("the end of %s was read", path)
		}
	}
	if changed, more, err := Open(filepath.Join(dir, "none")).Update(t.Context()); changed || more || err != nil {
		t.Errorf("a file that is not there: %v, %v, %v", changed, more, err)
	}
}

// An index has as many buckets as it may, whatever comes, and says what it takes.
func TestIndexIsBounded(t *testing.T) {
	x, r := newIndex(maxBuckets), row{}
	for step := range 100 * maxBuckets {
		if err := r.read([]byte(`{"step":1,"a":1,"b":2}`), &x.columns); err != nil {
			t.Fatal(err)
		}
		r.step = int64(step)
		x.add(&r)
	}
	if n := len(x.spans); n > maxBuckets || n < maxBuckets/2 {
		t.Errorf("%d buckets", n)
	}
	if b := x.bytes(); b < 2*24*maxBuckets/2 || b > 1<<20 {
		t.Errorf("%d bytes", b)
	}
	if x.merges != 7 || x.width != 128 {
		t.Errorf("put together %d times, width %d", x.merges, x.width)
	}
}

// A reading that is given up goes on with the next call.
func TestUpdateIsInterruptible(t *testing.T) {
	path := filepath.Join(t.TempDir(), "metrics.jsonl")
	write(t, path, linesOf(0, 20_000))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	l := Open(path)
	if _, _, err := l.Update(ctx); err == nil {
		t.Error("no error")
	}
	update(t, l)
	if whole := l.index.lines; whole != 20_000 {
		t.Errorf("%d lines", whole)
	}
}

// BenchmarkOpen reads 200,000 lines of the length that those of a run have.
func BenchmarkOpen(b *testing.B) {
	path := filepath.Join(b.TempDir(), "metrics.jsonl")
	var text bytes.Buffer
	for step := range 200_000 {
		fmt.Fprintf(&text, `{"step":%d,"epoch":%d`, step, step/1000)
		for i := range 16 {
			fmt.Fprintf(&text, `,"teacher_entropy_%d":%v`, i, rand.Float64())
		}
		text.WriteString("}\n")
	}
	write(b, path, text.String())
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		begun := time.Now()
		l := opened(b, path)
		c, err := l.Curves(b.Context(), Whole(600))
		if err != nil {
			b.Fatal(err)
		}
		page, _ := json.Marshal(c)
		b.ReportMetric(time.Since(begun).Seconds(), "s/open")
		b.ReportMetric(float64(len(page)), "B/answer")
		b.ReportMetric(float64(l.Bytes()), "B/index")
	}
}

// The end of a short file is read in little memory: a folder may hold hundreds of runs.
func TestReadLastTakesLittle(t *testing.T) {
	path := filepath.Join(t.TempDir(), "metrics.jsonl")
	if err := os.WriteFile(path, []byte(`{"step":1,"epoch":0,"loss":2}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 50 {
		if last, err := ReadLast(path); err != nil || last.Step != 1 {
			t.Fatalf("%+v, %v", last, err)
		}
	}
	runtime.ReadMemStats(&after)
	if each := (after.TotalAlloc - before.TotalAlloc) / 50; each > 32<<10 {
		t.Errorf("%d bytes for a file of one line", each)
	}
}
