package layout

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/dino-go/dino/internal/runfiles"
	"github.com/dino-go/dino/weights"
)

// place is where weights and what belongs to them lie.
type place struct {
	file        string // the file of tensors; empty takes the newest checkpoint
	checkpoints string // folder of a run's checkpoints
	config      string // path of a run's configuration; empty beside weights of no run
	side        side
}

// side are the files beside the weights; zero where there is none.
type side struct {
	config       document  // config.json of transformers or timm
	preprocessor document  // preprocessor_config.json of transformers
	run          runConfig // config.yaml of our runs
}

// Names of weights in the folders of Hugging Face's hub, in the order in which they are preferred.
var hubNames = []string{"model.safetensors", "model" + weights.ShardIndexSuffix, "pytorch_model.bin"}

// find tells what is at path: a file of tensors, a run folder, or a folder of the hub. Of a run it
// takes a checkpoint only where they can be opened.
func find(path string, o Options) (place, error) {
	stat, err := os.Stat(path)
	if err != nil {
		return place{}, err
	}
	if !stat.IsDir() {
		return findBeside(path)
	}
	if exists(filepath.Join(path, runfiles.Config)) {
		return findRun(path, o)
	}
	for _, name := range hubNames {
		if file := filepath.Join(path, name); exists(file) {
			return findBeside(file)
		}
	}
	if advice := adviceOn(path); advice != "" {
		return place{}, errors.New(advice)
	}
	return place{}, fmt.Errorf("is a folder with neither %s (a run) nor %s, %s or %s (a model of the hub)",
		runfiles.Config, hubNames[0], hubNames[1], hubNames[2])
}

// findRun prefers the newest checkpoint, which has all there is to continue from, to the teacher
// alone; with Trained it prefers the teacher.
func findRun(path string, o Options) (place, error) {
	p := place{checkpoints: filepath.Join(path, runfiles.Checkpoints)}
	entries, err := os.ReadDir(p.checkpoints)
	trained := filepath.Join(path, runfiles.Teacher)
	if saved := len(entries) > 0 && err == nil; !saved || o.Newest == nil || o.Trained && exists(trained) {
		p.file = trained
		switch {
		case exists(p.file):
		case saved:
			return p, errors.New("is a run without trained teacher yet, and Options.Newest, which would open its " +
				"checkpoints, is nil: name a file of them")
		default:
			return p, errors.New("is a run without checkpoint or trained teacher yet")
		}
	}
	p.config = filepath.Join(path, runfiles.Config)
	p.side.run, err = readRunConfig(p.config)
	return p, err
}

// findBeside looks for the files that belong to a file of tensors: the hub's in its folder, a run's
// there or, for a checkpoint, above.
func findBeside(file string) (p place, err error) {
	p.file = file
	dir := filepath.Dir(file)
	if slices.Contains(hubNames, filepath.Base(file)) {
		if err = p.side.readHub(dir); err != nil {
			return p, err
		}
	}
	above, err := filepath.Abs(dir)
	if err != nil {
		return p, err
	}
	if filepath.Base(above) == runfiles.Checkpoints {
		dir = filepath.Join(dir, "..")
	}
	if name := filepath.Join(dir, runfiles.Config); exists(name) &&
		(runfiles.IsBackbone(filepath.Base(file)) || filepath.Base(above) == runfiles.Checkpoints) {
		p.config = name
		p.side.run, err = readRunConfig(name)
	}
	return p, err
}

// open opens the tensors. Its notes tell of newer checkpoints that are damaged.
func (p place) open(o Options) (source weights.Source, notes []string, err error) {
	if p.file != "" {
		source, err = weights.OpenAny(p.file)
		return source, nil, err
	}
	return o.Newest(p.checkpoints)
}

// readHub reads the files that the hub keeps beside weights of the usual names.
func (s *side) readHub(dir string) (err error) {
	if s.config, err = readDocument(filepath.Join(dir, "config.json")); err != nil {
		return err
	}
	s.preprocessor, err = readDocument(filepath.Join(dir, "preprocessor_config.json"))
	return err
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
