package layout

import (
	"fmt"
	"slices"
	"sort"
	"strings"
)

// root is a backbone within a source: all names that begin with prefix.
type root struct {
	prefix string // "teacher/backbone.", "" …
	hf     bool   // transformers' names, else timm's
	role   string // teacher, student or only
}

// Roles of a root.
const (
	roleTeacher = "teacher"
	roleStudent = "student"
	roleOnly    = "only"
)

// The kernel of the patch embedding is what every backbone has, under one of two names.
const (
	timmKernel = "patch_embed.proj.weight"
	hfKernel   = "embeddings.patch_embeddings.projection.weight"
)

// findRoots finds the backbones among names: at most a teacher and a student, or a single one.
func findRoots(names []string) ([]root, error) {
	var roots []root
	for _, name := range names {
		if isOptimizer(name) {
			continue
		}
		for _, kernel := range []string{timmKernel, hfKernel} {
			prefix, ok := strings.CutSuffix(name, kernel)
			if ok && (prefix == "" || strings.HasSuffix(prefix, ".") || strings.HasSuffix(prefix, "/")) {
				roots = append(roots, root{prefix: prefix, hf: kernel == hfKernel, role: roleOf(prefix)})
			}
		}
	}
	if len(roots) == 0 {
		return nil, fmt.Errorf("holds no vision transformer: no tensor is called …%s (timm, Meta) or …%s "+
			"(transformers); it has %s",
			timmKernel, hfKernel, sample(names))
	}
	return distinct(roots)
}

// isOptimizer tells moments of the optimizer, whose names contain those of what they belong to.
func isOptimizer(name string) bool { return strings.HasPrefix(name, "optimizer.") }

// roleOf reads the role in the words of a prefix. An average of the weights that timm keeps counts
// as the teacher, since evaluation uses it, and the network it is an average of as the student.
func roleOf(prefix string) string {
	words := strings.FieldsFunc(prefix, func(r rune) bool { return r == '/' || r == '.' })
	switch {
	case slices.Contains(words, "teacher"), slices.Contains(words, "state_dict_ema"),
		slices.Contains(words, "model_ema"):
		return roleTeacher
	case slices.Contains(words, "student"):
		return roleStudent
	}
	return roleOnly
}

// distinct verifies that every role is filled once. Beside a teacher, a backbone without a role is
// its student.
func distinct(roots []root) ([]root, error) {
	sort.SliceStable(roots, func(i, j int) bool { return roots[i].role > roots[j].role }) // teacher, student, only
	if len(roots) == 2 && roots[0].role == roleTeacher && roots[1].role == roleOnly {
		roots[1].role = roleStudent
	}
	for i := range roots {
		clash := i > 0 && roots[i].role == roots[i-1].role
		if clash || (len(roots) > 1 && roots[i].role == roleOnly) || roots[i].hf != roots[0].hf {
			var prefixes []string
			for _, r := range roots {
				prefixes = append(prefixes, fmt.Sprintf("%q", r.prefix))
			}
			return nil, fmt.Errorf("holds several vision transformers, and not one teacher and one student: below "+
				"%s; save the one you want alone", strings.Join(prefixes, ", "))
		}
	}
	return roots, nil
}

// sample shows a few names.
func sample(names []string) string {
	if len(names) == 0 {
		return "no tensors"
	}
	const shown = 4
	text := strings.Join(names[:min(shown, len(names))], ", ")
	if len(names) > shown {
		text += fmt.Sprintf(" and %d more", len(names)-shown)
	}
	return text
}
