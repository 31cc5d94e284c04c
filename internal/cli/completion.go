package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dino-go/dino/export"
	"github.com/dino-go/dino/internal/backend"
	"github.com/dino-go/dino/internal/data/video"
	"github.com/dino-go/dino/internal/inference"
	"github.com/dino-go/dino/internal/output/attnmap"
	"github.com/dino-go/dino/internal/output/embeddings"
	"github.com/dino-go/dino/internal/precision"
	"github.com/dino-go/dino/internal/run/config"
	"github.com/dino-go/dino/internal/terminal"
	"github.com/dino-go/dino/nets/vit"
	"github.com/dino-go/dino/weights/layout"
)

// words completes a flag that takes one of a few words.
func words(all ...string) cobra.CompletionFunc {
	return cobra.FixedCompletions(all, cobra.ShellCompDirectiveNoFileComp|cobra.ShellCompDirectiveKeepOrder)
}

// files completes a flag that takes files of some endings, with or without their dots.
func files(endings ...string) cobra.CompletionFunc {
	plain := make([]string, len(endings))
	for i, end := range endings {
		plain[i] = strings.TrimPrefix(end, ".")
	}
	return cobra.FixedCompletions(plain, cobra.ShellCompDirectiveFilterFileExt)
}

// folders completes a flag that takes a folder.
var folders = cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs)

// weightFiles completes what weights are named by: a file, or a folder on the way to one.
var weightFiles = files("safetensors", "pth", "pt", "ckpt", "bin", "json")

// completions say what flags take, by their names in all commands. A flag that takes a number
// completes to nothing, and any other to the names of files.
func completions() map[string]cobra.CompletionFunc {
	return map[string]cobra.CompletionFunc{
		colorFlag:   words(terminal.Whens()...),
		"backend":   words(backend.Names()...),
		"colors":    words(attnmap.ColorMapNames()...),
		"config":    files("yaml", "yml"),
		"features":  words(inference.FeatureNames()...),
		"frames":    folders,
		"images":    folders, // where it takes a number that goes before
		"init":      weightFiles,
		"layout":    words(layout.Layouts...),
		"pos-embed": words(vit.PosEmbedTimm, vit.PosEmbedOfficial, vit.PosEmbedHF),
		"masks":     folders,
		"part":      words(export.Backbone, export.Full),
		"precision": words(precision.Names()...),
		"preset":    words(config.Auto, config.Seed, config.Paper),
		"set":       completeSetting,
		"to":        words(export.Formats()...),
		"truth":     files("json"),
		"video":     files(video.Extensions...),
		"weights":   weightFiles,
	}
}

// ofVerbs say the same of flags that differ between commands, and of arguments (the empty name).
func ofVerbs() map[string]map[string]cobra.CompletionFunc {
	return map[string]map[string]cobra.CompletionFunc{
		"pretrain": {"data": folders, "out": folders},
		"embed":    {"data": folders, "out": files(embeddings.Extensions()...)},
		"inspect":  {"": weightFiles},
		"compare":  {"": weightFiles},
		"export":   {"": weightFiles},
		"compare-models": {
			"": weightFiles, "data": folders, "train": folders, "test": folders,
		},
		"attention": {"out": folders},
		"cluster":   {"out": folders},
		"dedup":     {"out": folders},
		"map":       {"": files(embeddings.Extensions()...), "out": files("html")},
		"synth":     {"out": folders},
	}
}

// completeSetting completes "section.option=value": the options by their whole names and, behind
// the sign, the words that the option takes.
func completeSetting(_ *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
	name, _, valued := strings.Cut(begun, "=")
	if !valued {
		all := config.Options()
		for i := range all {
			all[i] += "="
		}
		return all, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
	var all []string
	for _, option := range config.Enumerations() {
		if option.Option == name {
			for _, word := range option.Allowed {
				all = append(all, name+"="+word)
			}
		}
	}
	return all, cobra.ShellCompDirectiveNoFileComp
}

// complete makes a command and all below it complete what their flags take.
func complete(cmd *cobra.Command) {
	own, shared := ofVerbs()[cmd.Name()], completions()
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		_, number := numberForms[strings.TrimSuffix(f.Value.Type(), "Slice")]
		of := own[f.Name]
		switch {
		case of != nil:
		case number:
			of = cobra.NoFileCompletions
		default:
			of = shared[f.Name]
		}
		if of != nil {
			// an error would be that it has one already
			_ = cmd.RegisterFlagCompletionFunc(f.Name, of)
		}
	})
	switch arguments := own[""]; {
	case arguments != nil:
		cmd.ValidArgsFunction = arguments
	case cmd.Args != nil && cmd.Args(cmd, []string{"x"}) != nil && cmd.Args(cmd, nil) == nil: // takes none
		cmd.ValidArgsFunction = cobra.NoFileCompletions
	}
	for _, below := range cmd.Commands() {
		complete(below)
	}
}

// forShell tells whether a shell reads the output, whose tabs are meant.
func forShell(args []string) bool {
	return len(args) > 0 &&
		slices.Contains([]string{cobra.ShellCompRequestCmd, cobra.ShellCompNoDescRequestCmd, "completion"}, args[0])
}
