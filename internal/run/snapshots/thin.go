package snapshots

// thinned are at most so many of the snapshots, in their order. The first, the newest and the best
// stay; of the others that one goes, time and again, without which its neighbours are nearest to
// each other, and of equals the earliest.
func thinned(all []Snapshot, most int) []Snapshot {
	kept := append([]Snapshot{}, all...)
	for len(kept) > most {
		best := newestBest(kept)
		gone, gap := -1, 0
		for i := 1; i < len(kept)-1; i++ {
			if between := kept[i+1].Step - kept[i-1].Step; i != best && (gone < 0 || between < gap) {
				gone, gap = i, between
			}
		}
		if gone < 0 {
			return kept
		}
		kept = append(kept[:gone], kept[gone+1:]...)
	}
	return kept
}

// newestBest is the place of the last snapshot that was the best of its time; -1 where there is
// none.
func newestBest(all []Snapshot) int {
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].Best {
			return i
		}
	}
	return -1
}
