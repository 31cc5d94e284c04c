// Package spelling finds the word that a misspelt one most likely means.
//
// Tests: oracle (the recursive definition of the distance), property (a metric's), known answer.
package spelling

import "strings"

// Distance is the number of letters that are to be added, removed or replaced, or of neighbours
// that are to change places, to make b of a: Levenshtein's distance with transpositions, each
// letter touched once (optimal string alignment). Of words that are longer only the first 64 bytes
// count.
func Distance(a, b string) int {
	const enough = 64 // longer than any path of an option
	a, b = a[:min(len(a), enough)], b[:min(len(b), enough)]
	before, row, next := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		next[0] = i + 1
		for j := range len(b) {
			if a[i] == b[j] {
				next[j+1] = row[j]
				continue
			}
			next[j+1] = 1 + min(row[j], row[j+1], next[j])
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				next[j+1] = min(next[j+1], 1+before[j-1])
			}
		}
		before, row, next = row, next, before
	}
	return row[len(b)]
}

// Near tells whether a word is so close to another that it may be a slip: one change in three
// letters, at least one.
func Near(word, meant string) bool {
	return Distance(word, meant) <= max(1, min(len(word), len(meant))/3)
}

// Nearest returns the candidate that takes fewest changes, if it is near enough to be meant; of
// equally near ones the first. Case, and - for _, count for nothing. A candidate that begins with
// the word, of at least three letters, is near.
func Nearest(word string, candidates []string) (nearest string, ok bool) {
	plain := func(text string) string { return strings.ReplaceAll(strings.ToLower(text), "_", "-") }
	word, fewest := plain(word), 0
	for _, c := range candidates {
		as := plain(c)
		begins := len(word) >= 3 && strings.HasPrefix(as, word)
		if !Near(word, as) && !begins {
			continue
		}
		if changes := Distance(word, as); !ok || changes < fewest {
			nearest, fewest, ok = c, changes, true
		}
	}
	return nearest, ok
}

// DidYouMean is the end of an error about an unknown word: "; did you mean X?", with X the nearest
// candidate, or nothing where none is near.
func DidYouMean(word string, candidates []string) string {
	if meant, ok := Nearest(word, candidates); ok {
		return "; did you mean " + meant + "?"
	}
	return ""
}
