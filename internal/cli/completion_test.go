package cli

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/dino-go/dino/internal/run/config"
)

// completed are the words that a shell is offered for a command line whose last word is begun, and
// the directive in numbers, as cobra prints it.
func completed(t *testing.T, args ...string) (offered []string, directive string) {
	t.Helper()
	out, err := exec.Command("dino", append([]string{"__complete"}, args...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	for _, line := range lines[:len(lines)-1] {
		word, _, _ := strings.Cut(line, "\t")
		offered = append(offered, word)
	}
	return offered, lines[len(lines)-1]
}

// Verbs, measures, flags, and the values of flags are completed.
func TestCompletion(t *testing.T) {
	const noFiles, dirs, extensions = ":4", ":16", ":8"
	for _, c := range []struct {
		args      string // with _ for an empty last word
		want      string // among what is offered
		directive string
	}{
		{"pre", "pretrain", noFiles},
		{"comp", "completion compare compare-models", noFiles},
		{"eval _", "knn linear logreg rank retrieval copies segment", noFiles},
		{"pretrain --pre", "--preset", noFiles},
		{"pretrain --preset _", "auto seed paper", ":36"},
		{"pretrain --backend _", "auto cpu go", ":36"},
		{"pretrain --set model.tar", "model.targets=", ":6"},
		{"pretrain --set model.targets=s", "model.targets=sinkhorn", noFiles},
		{"pretrain --set train.epochs=", "", noFiles},
		{"pretrain --config _", "yaml yml", extensions},
		{"pretrain --data _", "", dirs},
		{"pretrain --epochs _", "", noFiles},
		{"pretrain _", "", noFiles},
		{"embed --features _", "cls mean cls+mean cls+gem patches", ":36"},
		{"embed --out _", "parquet npy csv jsonl safetensors", extensions},
		{"embed --precision _", "float32 bfloat16", ":36"},
		{"embed --layout d", "dinov2 dino", ":36"},
		{"export run --to _", "timm official hf onnx dino", ":36"},
		{"export run --part _", "backbone full", ":36"},
		{"export _", "safetensors pth", extensions},
		{"attention --colors _", "inferno viridis", ":36"},
		{"eval knn --temperature _", "", noFiles},
		{"eval knn --weights _", "safetensors pth", extensions},
		{"cluster --images _", "", dirs},
		{"synth --images _", "", noFiles},
		{"embed --color _", "auto always never", ":36"},
		{"attention _", "", ":0"},
	} {
		args := strings.Fields(c.args)
		if args[len(args)-1] == "_" {
			args[len(args)-1] = ""
		}
		offered, directive := completed(t, args...)
		for _, want := range strings.Fields(c.want) {
			if !slices.Contains(offered, want) {
				t.Errorf("dino %s: offered %q, want %s among it", c.args, offered, want)
			}
		}
		if directive != c.directive || c.want == "" && len(offered) > 0 {
			t.Errorf("dino %s: offered %q with the directive %s, want %s", c.args, offered, directive, c.directive)
		}
	}
	all, _ := completed(t, "pretrain", "--set", "")
	if len(all) != len(config.Options()) {
		t.Errorf("%d of %d options are offered", len(all), len(config.Options()))
	}
}

// The help names the command for each shell, whose script it prints with the tabs that are meant.
func TestCompletionScripts(t *testing.T) {
	_, help, _ := attempt(t, "--help")
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if !strings.Contains(help, "dino completion "+shell) {
			t.Errorf("the help does not name completion for %s", shell)
		}
		script, err := exec.Command("dino", "completion", shell).Output()
		_, raw, _ := attempt(t, "completion", shell)
		if err != nil || len(script) < 1000 || string(script) != raw {
			t.Errorf("%s: the script of %d bytes is not that of %d bytes that was made (%v)", shell, len(script),
				len(raw), err)
		}
	}
	if offered, err := exec.Command("dino", "__complete", "pretr").Output(); err != nil ||
		!strings.HasPrefix(string(offered), "pretrain\tTrain a vision transformer") {
		t.Errorf("offered %q (%v)", offered, err)
	}
}
