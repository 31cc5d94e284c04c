package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dino-go/dino/internal/run/config"
	"github.com/dino-go/dino/internal/spelling"
	"github.com/dino-go/dino/internal/usage"
)

// synonyms are words that people try for what a verb does.
var synonyms = map[string]string{
	"train": "pretrain", "fit": "pretrain", "learn": "pretrain", "resume": "pretrain",
	"extract": "embed", "features": "embed", "embeddings": "embed", "encode": "embed",
	"visualize": "attention", "visualise": "attention", "show": "attention",
	"duplicates": "dedup", "kmeans": "cluster", "group": "cluster",
	"info": "inspect", "describe": "inspect", "diff": "compare", "convert": "export",
	"draw": "synth", "generate": "synth", "evaluate": "eval", "test": "eval", "propagate": "eval segment",
	"neighbours": "eval retrieval", "neighbors": "eval retrieval", "search": "eval retrieval",
	"list": "runs ls", "delete": "runs rm", "remove": "runs rm", "serve": "watch", "tensorboard": "watch",
}

// flagSynonyms are words that people try for what a flag is called here.
var flagSynonyms = map[string]string{
	"output": "out", "output-dir": "out", "outdir": "out", "save": "out", "input": "data", "images": "data",
	"dataset": "data", "data-path": "data", "dir": "data", "model": "weights", "checkpoint": "weights",
	"format": "to", "engine": "backend", "device": "backend", "verbose": "debug", "silent": "quiet",
}

// errUnknownVerb is the error for a verb that there is not, below a command.
func errUnknownVerb(below *cobra.Command, word string) error {
	meant := meantVerb(below, word)
	return usage.Errorf("there is no command %q%s%s", below.CommandPath()+" "+word, meant, seeHelp(below, meant))
}

// seeHelp points to the help of a command, behind a question or another end of an error.
func seeHelp(cmd *cobra.Command, before string) string {
	if before == "" {
		return fmt.Sprintf("; see `%s --help`", cmd.CommandPath())
	}
	return fmt.Sprintf(" See `%s --help`", cmd.CommandPath())
}

// meantVerb is the command that a misspelt one probably means, for the end of an error: the nearest
// below a command or, from the root, at any depth.
func meantVerb(below *cobra.Command, word string) string {
	names, paths := []string{}, []string{} // in step
	var add func(cmd *cobra.Command)
	add = func(cmd *cobra.Command) {
		for _, c := range cmd.Commands() {
			if !c.Hidden {
				names, paths = append(names, c.Name()), append(paths, c.CommandPath())
				add(c)
			}
		}
	}
	add(below)
	if meant, ok := synonyms[strings.ToLower(word)]; ok && slices.Contains(paths, below.Root().Name()+" "+meant) {
		return fmt.Sprintf("; did you mean %s %s?", below.Root().Name(), meant)
	}
	if meant, ok := spelling.Nearest(word, names); ok {
		return "; did you mean " + paths[slices.Index(names, meant)] + "?"
	}
	return ""
}

// flagError explains an error of the flags of a command.
func flagError(cmd *cobra.Command, err error) error {
	if cmd.HasSubCommands() && cmd.Flags().NArg() > 0 { // the verb is what is wrong, its flags are not known here
		return errUnknownVerb(cmd, cmd.Flags().Arg(0))
	}
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return usage.Errorf("%w; see `%s --help`", err, cmd.CommandPath())
	}
	meant := meantFlag(cmd, unknown.GetSpecifiedName())
	return usage.Errorf("%w%s%s", err, meant, seeHelp(cmd, meant))
}

// meantFlag is the flag that a misspelt one probably means, for the end of an error. What is an
// option of configurations is set by --set.
func meantFlag(cmd *cobra.Command, name string) string {
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			names = append(names, f.Name)
		}
	})
	if meant := flagSynonyms[strings.ToLower(name)]; slices.Contains(names, meant) {
		return "; did you mean --" + meant + "?"
	}
	if meant, ok := spelling.Nearest(name, names); ok {
		return "; did you mean --" + meant + "?"
	}
	if cmd.Flags().Lookup("set") == nil {
		return ""
	}
	for _, path := range config.Options() {
		leaf := path[strings.LastIndex(path, ".")+1:]
		if given := strings.ReplaceAll(name, "-", "_"); given == leaf || given == path {
			return "; did you mean --set " + path + "=…?"
		}
	}
	return ""
}

// explainArguments makes every command below one that takes no argument say so, and what a word
// that was given probably is: a verb below it, or the value of a flag.
func explainArguments(cmd *cobra.Command) {
	for _, below := range cmd.Commands() {
		explainArguments(below)
	}
	check := cmd.Args
	if cmd.HasSubCommands() && cmd.HasParent() {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return errUnknownVerb(cmd, args[0])
			}
			return nil
		}
		return
	}
	if check == nil {
		return
	}
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		err := check(cmd, args)
		if err == nil || !strings.HasPrefix(err.Error(), "unknown command") { // that of cobra.NoArgs
			return err
		}
		if data := cmd.Flags().Lookup("data"); data != nil && !data.Changed {
			return usage.Errorf("%s: %q stands alone; did you mean --data %[2]s? See `%s --help`", cmd.Name(), args[0],
				cmd.CommandPath())
		}
		return usage.Errorf("%s: %q stands alone, and no flag is in front of it; see `%s --help`", cmd.Name(), args[0],
			cmd.CommandPath())
	}
}

// explained gives cobra's error about a verb that there is not our words.
func explained(root *cobra.Command, err error) error {
	var word, below string
	if err == nil {
		return nil
	}
	if n, _ := fmt.Sscanf(err.Error(), "unknown command %q for %q", &word, &below); n == 2 {
		return errUnknownVerb(root, word)
	}
	return err
}
