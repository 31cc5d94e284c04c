package pretrain

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/distill"
	"github.com/dino-go/dino/internal/backend"
	"github.com/dino-go/dino/internal/destination"
	"github.com/dino-go/dino/internal/digits"
	"github.com/dino-go/dino/internal/run/config"
	"github.com/dino-go/dino/internal/run/trainer"
	"github.com/dino-go/dino/internal/usage"

	"github.com/dino-go/dino/internal/memory"
	"github.com/dino-go/dino/internal/option"
)

// runtimeBytes is about what the program takes before it trains, beside what is counted: code,
// threads, scratch memory of products.
const runtimeBytes = 96 << 20

// decodedBytes is about what a pixel takes while its image is decoded and rendered: the decoder's
// planes, RGB, and the scratch of a crop.
const decodedBytes = 10

// decodeBytes is what workers take that decode images of so many pixels at the same time: no more
// than data.decode_mb, and their scratch.
func decodeBytes(c config.Config, pixels int64) int64 {
	bytes := int64(cmp.Or(c.Data.Workers, runtime.GOMAXPROCS(0))) * pixels * decodedBytes
	if c.Data.DecodeMB > 0 {
		bytes = min(bytes, int64(c.Data.DecodeMB)<<20*3/2)
	}
	return bytes
}

// graphs are what the compiled graphs of a run take.
type graphs struct {
	step       trainer.Rehearsal
	evaluation int64 // a pass of the teacher over a batch of an evaluation
	probe      int64 // one over the probe images, with them
	pictures   int64 // those that pictures are drawn with
}

// graphKey is what the graphs depend on of that which lowers the memory of a run.
type graphKey struct {
	batch, accumulate int
	recompute         bool
	precision         string
}

func graphsOf(c config.Config) graphKey {
	return graphKey{c.Train.BatchSize, c.Train.Accumulate, c.Model.ViT.Recompute, c.Model.Precision}
}

// compiled compiles the graphs of a run with a configuration, unless it was done for one that has
// the same.
func (in *inputs) compiled(c config.Config) (graphs, error) {
	k := graphsOf(c)
	if known, ok := in.graphs[k]; ok {
		return known, nil
	}
	m, err := distill.New(c.Method())
	if err != nil {
		return graphs{}, err
	}
	var g graphs
	g.step, err = trainer.Rehearse(in.trainer(c), in.learner(m, nil), sides(c), backend.PlannedMemory)
	if err != nil {
		return graphs{}, err
	}
	if g.evaluation, err = in.pass(m, evaluationBatch); err != nil {
		return graphs{}, err
	}
	if g.probe, err = in.pass(m, min(probeImages, len(in.data.train))); err != nil {
		return graphs{}, err
	}
	if g.pictures, err = in.picturesBytes(m, c); err != nil {
		return graphs{}, err
	}
	if in.graphs == nil {
		in.graphs = map[graphKey]graphs{}
	}
	in.graphs[k] = g
	return g, nil
}

// planMemory says what a run with a configuration will take, by purpose. It compiles the graphs of
// a step, and of the score if there is one. The store holds the variables of the run without their
// values.
func (in *inputs) planMemory(c config.Config) ([]memory.Need, *model.Store, error) {
	g, err := in.compiled(c)
	if err != nil {
		return nil, nil, err
	}
	needs := []memory.Need{
		{Bytes: g.step.State, For: "the weights and moments of student and teacher"},
		{Bytes: g.step.Step, For: "the computation of a step"},
		{Bytes: batchBytes(c), For: "batches that are loaded ahead"},
		{
			Bytes: decodeBytes(c, int64(in.data.pixels)),
			For:   "images that are being decoded",
		},
		{
			Bytes: min(int64(c.Data.CacheMB)<<20, 3*int64(in.data.pixels)*int64(len(in.data.train))),
			For:   "the cache of decoded images",
		},
		{Bytes: runtimeBytes, For: "the program itself"},
		{Bytes: g.probe, For: "the probe images"},
		{Bytes: g.pictures, For: "the pictures of some images"},
		in.between(g, c),
	}
	used := memory.Sum(needs)
	garbage := memory.Garbage(used)
	if limit, ok := (memory.Process{}).Available(); ok { // it is collected earlier where there is no room for it
		garbage = min(garbage, max(0, limit.Available-used))
	}
	return append(needs, memory.Need{Bytes: garbage, For: "what is not in use any more and not collected yet"}),
		g.step.Store, nil
}

// sides are those of an image's views, the global ones first.
func sides(c config.Config) []int {
	return slices.Concat(slices.Repeat([]int{c.Augment.GlobalCrops.Size}, c.Augment.GlobalCrops.Number),
		slices.Repeat([]int{c.Augment.LocalCrops.Size}, c.Augment.LocalCrops.Number))
}

// batchBytes is what the loader's batches take: those ahead, and the one that is trained on.
func batchBytes(c config.Config) int64 {
	var image int64
	for _, side := range sides(c) {
		image += 3 * 4 * int64(side) * int64(side)
	}
	return int64(c.Data.Prefetch+1) * int64(c.Train.BatchSize) * image
}

// room is what a run takes of memory and disk.
type room struct {
	needs      []memory.Need
	available  int64 // bytes of memory; 0 where that is not known
	parameters int   // of the network, without its head
	state      int64 // bytes of the variables, which is about what a checkpoint takes on disk
}

// planRoom finds out what the run takes of memory and disk, and what there is.
func (in *inputs) planRoom() error {
	needs, store, err := in.planMemory(in.config)
	if err != nil {
		return usage.Wrap(err)
	}
	in.room = room{needs: needs}
	if limit, ok := (memory.Process{}).Available(); ok {
		in.room.available = limit.Available
	}
	for v := range store.IterVariables() {
		in.room.state += int64(v.Shape().ByteSize())
		if strings.HasPrefix(v.Path(), in.teacherScope()) {
			in.room.parameters += v.Shape().Size()
		}
	}
	return nil
}

// checkMemory refuses a run that would not fit into memory, and says which options make it fit.
func (in *inputs) checkMemory() error {
	if err := in.planRoom(); err != nil {
		return err
	}
	var short *memory.Error
	if !errors.As(memory.Check(memory.Sum(in.room.needs)), &short) {
		return nil
	}
	return usage.Wrap(fmt.Errorf("pretrain: the run %w: %s\n%s", short, memory.List(in.room.needs),
		in.remedies(short.Needed, short.Limit.Available)))
}

// teacherScope is where the variables of the teacher's backbone begin.
func (in *inputs) teacherScope() string { return "/" + in.model.Backbones.Scope + "/teacher/" }

// checkDisk refuses a run whose checkpoints would not fit on the disk: those that stay, and the one
// that is written before the oldest of them is removed. A run that goes on has all but one already.
func (in *inputs) checkDisk(goesOn bool) error {
	if in.dir.Path == "" {
		return nil
	}
	n := int64(in.config.Checkpoint.Keep + 1)
	if goesOn {
		n = 1
	}
	if err := destination.Room(in.dir.Path, n*in.room.state); err != nil {
		return usage.Errorf("pretrain: the run keeps %d checkpoints of %s each (%s) and %w", n,
			digits.Bytes(in.room.state), option.Name("checkpoint.keep"), err)
	}
	return nil
}

// remedyTime is how long is looked for options that make a run take less: each may need another
// graph, which takes seconds to compile for a deep network.
var remedyTime = 5 * time.Second

// remedies are options that make a run take less, with what it would take then, so far as that is
// known in time: first all together that leave the result as it is, which tells whether they are
// enough, and then one by one.
func (in *inputs) remedies(needed, available int64) string {
	began := time.Now()
	tried := func(c config.Config, settings ...string) (line string, worth bool) {
		named := in.setName + " " + strings.Join(settings, " "+in.setName+" ")
		if c.Validate() != nil { // as micro-batches where the whole batch is needed
			return "", false
		}
		if time.Since(began) > remedyTime {
			return named + " may need less", true
		}
		needs, _, err := in.planMemory(c)
		if err != nil || memory.Sum(needs) > needed-needed/worthwhile {
			return "", false
		}
		return fmt.Sprintf("%s needs about %s, %s", named, digits.Bytes(memory.Sum(needs)), fits(needs, available)),
			true
	}
	var lines []string
	if together, settings := in.harmless(needed); len(settings) > 1 {
		if line, worth := tried(together, settings...); worth {
			lines = append(lines, line+", and leaves the result as it is")
		}
	}
	for _, less := range lowerings(in.config) {
		c := in.config
		less.apply(&c)
		if line, worth := tried(c, less.setting); worth {
			lines = append(lines, line)
		}
	}
	lines = append(lines, "smaller model.encoder, model.n_prototypes, augment.global_crops.size and "+
		"augment.local_crops.number need less, too")
	return strings.Join(lines, "\n")
}

// harmless is the configuration with all changes that lower the memory and leave the result as it
// is, and their settings. Of two changes of one option the later, which lowers more, counts. Those
// of which it is known, without another graph, that they spare next to nothing are left out.
func (in *inputs) harmless(needed int64) (config.Config, []string) {
	c := in.config
	var settings []string
	for _, less := range lowerings(c) {
		lower, alone := c, in.config
		if less.apply(&lower); !less.same || lower.Validate() != nil {
			continue
		}
		less.apply(&alone)
		if _, known := in.graphs[graphsOf(alone)]; known {
			if needs, _, err := in.planMemory(alone); err != nil || memory.Sum(needs) > needed-needed/worthwhile {
				continue
			}
		}
		c = lower
		option, _, _ := strings.Cut(less.setting, "=")
		settings = slices.DeleteFunc(settings, func(s string) bool { return strings.HasPrefix(s, option+"=") })
		settings = append(settings, less.setting)
	}
	return c, settings
}

// worthwhile is the part of the memory, one of so many, that an option must spare to be named.
const worthwhile = 50

func fits(needs []memory.Need, available int64) string {
	if memory.Sum(needs) <= available {
		return "which fits"
	}
	return "too much still"
}

// lowering is a change of one option that lowers the memory of a run.
type lowering struct {
	setting string
	same    bool // the result stays as it is
	apply   func(*config.Config)
}

// lowerings are changes that may help, those that leave the result as it is first.
func lowerings(c config.Config) []lowering {
	var all []lowering
	for _, n := range cuts(c.Train.BatchSize, c.Train.Accumulate) {
		all = append(all, lowering{
			fmt.Sprintf("train.accumulate=%d", n), true,
			func(c *config.Config) { c.Train.Accumulate = n },
		})
	}
	if !c.Model.ViT.Recompute {
		all = append(all, lowering{
			"model.vit.recompute=true", true,
			func(c *config.Config) { c.Model.ViT.Recompute = true },
		})
	}
	if c.Data.CacheMB > 0 {
		all = append(all, lowering{"data.cache_mb=0", true, func(c *config.Config) { c.Data.CacheMB = 0 }})
	}
	if c.Data.Prefetch > 1 {
		all = append(all, lowering{"data.prefetch=1", true, func(c *config.Config) { c.Data.Prefetch = 1 }})
	}
	if c.Data.Workers != 1 {
		all = append(all, lowering{"data.workers=1", true, func(c *config.Config) { c.Data.Workers = 1 }})
	}
	if c.Model.Precision != distill.BFloat16 {
		all = append(all, lowering{
			"model.precision=bfloat16", false,
			func(c *config.Config) { c.Model.Precision = distill.BFloat16 },
		})
	}
	if half := c.Train.BatchSize / 2; half > 0 && half%c.Train.Accumulate == 0 {
		all = append(all, lowering{
			fmt.Sprintf("train.batch_size=%d", half), false,
			func(c *config.Config) { c.Train.BatchSize = half },
		})
	}
	return all
}

// cuts are two numbers of micro-batches that cut a batch further than now: about into four, and
// into single images.
func cuts(batch, now int) []int {
	var divisors []int
	for n := now + 1; n <= batch; n++ {
		if batch%n == 0 {
			divisors = append(divisors, n)
		}
	}
	if len(divisors) == 0 {
		return nil
	}
	middle := slices.MinFunc(divisors, func(a, b int) int {
		return cmp.Compare(math.Abs(float64(a-4*now)), math.Abs(float64(b-4*now)))
	})
	return slices.Compact([]int{middle, batch})
}
