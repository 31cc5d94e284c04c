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
func findRoots(names []string, prefix string) ([]root, error) {
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
	roots, err := below(roots, prefix)
	if err != nil {
		return nil, err
	}
	return distinct(roots)
}

// isOptimizer tells moments of the optimizer, whose names contain those of what they belong to.
func isOptimizer(name string) bool { return strings.HasPrefix(name, "optimizer.") }

// Words in a prefix that tell a teacher and a student: a part of it, or a word of a part. An
// average of the weights, which evaluation uses, counts as the teacher, and the network that it is
// an average of as the student.
var (
	teacherWords = []string{"teacher", "momentum", "ema", "target", "encoder_k", "key"}
	studentWords = []string{"student", "online", "encoder_q", "query"}
)

// roleOf reads the role in the words of a prefix: "teacher", "momentum_backbone", "ema_model" …
func roleOf(prefix string) string {
	parts := strings.FieldsFunc(prefix, func(r rune) bool { return r == '/' || r == '.' })
	has := func(words []string) bool {
		return slices.ContainsFunc(parts, func(part string) bool {
			return slices.ContainsFunc(words, func(word string) bool {
				return part == word || slices.Contains(strings.Split(part, "_"), word)
			})
		})
	}
	switch {
	case has(teacherWords):
		return roleTeacher
	case has(studentWords):
		return roleStudent
	}
	return roleOnly
}

// below keeps the backbones below a prefix.
func below(roots []root, prefix string) ([]root, error) {
	if prefix == "" {
		return roots, nil
	}
	var kept []root
	for _, r := range roots {
		if strings.HasPrefix(r.prefix, prefix) || strings.TrimRight(r.prefix, "./") == prefix {
			kept = append(kept, r)
		}
	}
	if len(kept) == 0 {
		return nil, fmt.Errorf("there is no vision transformer below the prefix %q: there are some below %s", prefix,
			prefixesOf(roots))
	}
	if len(kept) == 1 {
		kept[0].role = roleOnly
	}
	return kept, nil
}

func prefixesOf(roots []root) string {
	var prefixes []string
	for _, r := range roots {
		prefixes = append(prefixes, fmt.Sprintf("%q", r.prefix))
	}
	return strings.Join(prefixes, ", ")
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
			return nil, fmt.Errorf("holds several vision transformers, and not one teacher and one student: below "+
				"%s; choose one by its prefix (dino inspect, embed, attention, export and the evaluations take "+
				"--prefix), or save it alone", prefixesOf(roots))
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
