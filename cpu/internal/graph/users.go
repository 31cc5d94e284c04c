package graph

// Users lists the nodes that use each value of f, once for each input that the value is. That the
// function returns a value does not count.
func (f *Function) Users() map[*Value][]*Node {
	users := map[*Value][]*Node{}
	for _, n := range f.Nodes {
		for _, in := range n.Inputs {
			users[in] = append(users[in], n)
		}
	}
	return users
}

// UseCounts counts how often each value of f is used: as an input of nodes and as a result of f.
func (f *Function) UseCounts() map[*Value]int {
	counts := map[*Value]int{}
	for _, n := range f.Nodes {
		for _, in := range n.Inputs {
			counts[in]++
		}
	}
	for _, r := range f.Results {
		counts[r]++
	}
	return counts
}
