package graph

// Live returns the nodes that the results of f depend on. Every other node is dead code.
func (f *Function) Live() map[*Node]bool {
	live := map[*Node]bool{}
	pending := append([]*Value(nil), f.Results...)
	for len(pending) > 0 {
		n := pending[len(pending)-1].Node
		pending = pending[:len(pending)-1]
		if !live[n] {
			live[n] = true
			pending = append(pending, n.Inputs...)
		}
	}
	return live
}
