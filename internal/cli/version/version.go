// Package version is the verb `dino version`: which build this is, and what it computes with on
// this machine.
package version

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dino-go/dino/internal/backend"
)

// Build is what `dino version --json` prints.
type Build struct {
	Version string `json:"version"`          // of the module; "devel" for a build of a checkout
	Commit  string `json:"commit,omitempty"` // of the checkout, with "+changes" if it had any
	Go      string `json:"go"`
	OS      string `json:"os"`
	Arch    string `json:"arch"`
	Engines string `json:"engines"` // of this binary, by commas
	Engine  string `json:"engine"`  // that is taken by default, with its instruction set and threads
}

// NewCmd returns the verb.
func NewCmd() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Say which build this is, and what it computes with on this machine",
		Long: `Say which build this is, and what it computes with on this machine: version and commit,
the engine that is taken by default with its instruction set and threads, and the engines
of this binary.`,
		Example: `  dino version
  dino version --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			b := Read()
			b.Engine = defaultEngine()
			if asJSON {
				return json.NewEncoder(cmd.OutOrStdout()).Encode(b)
			}
			return b.print(cmd.OutOrStdout())
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

// Read returns what the linker knows of this binary, and leaves Engine empty.
func Read() Build {
	b := Build{
		Version: "devel", Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH,
		Engines: strings.Join(backend.Names(), ", "),
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		b.Version = v
	}
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			b.Commit = s.Value[:min(12, len(s.Value))] + b.Commit
		case s.Key == "vcs.modified" && s.Value == "true":
			b.Commit += "+changes"
		}
	}
	return b
}

// String is the version and the commit, for `dino --version`.
func (b Build) String() string {
	if b.Commit == "" {
		return b.Version
	}
	return fmt.Sprintf("%s (commit %s)", b.Version, b.Commit)
}

func (b Build) print(w io.Writer) error {
	_, err := fmt.Fprintf(w, "dino %s\n%s, %s/%s\nengine: %s\nengines of this binary: %s\n", b, b.Go, b.OS, b.Arch,
		b.Engine, b.Engines)
	return err
}

// defaultEngine describes the engine that "auto" takes, or says why there is none.
func defaultEngine() string {
	e, err := backend.Open(backend.Auto)
	if err != nil {
		return err.Error()
	}
	defer e.Finalize()
	return backend.Describe(e)
}
