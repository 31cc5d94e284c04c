package graph

// Inline copies the nodes of body into f, with arguments in the place of its parameters and
// captured values, and returns the copies of its results.
func Inline(f, body *Function, arguments []*Value) []*Value {
	to := map[*Value]*Value{}
	for i, p := range body.Arguments() {
		to[p] = arguments[i]
	}
	for _, n := range body.Nodes {
		if len(n.Outputs) == 1 && to[n.Outputs[0]] != nil {
			continue // a parameter
		}
		f.copy(n, to)
	}
	results := make([]*Value, len(body.Results))
	for i, r := range body.Results {
		results[i] = to[r]
	}
	return results
}

// copy appends a copy of a node and its closures. to maps values to their copies; the node's inputs
// must be in it.
func (f *Function) copy(n *Node, to map[*Value]*Value) {
	c := &Node{Op: n.Op, Func: f, Attr: n.Attr}
	for _, in := range n.Inputs {
		c.Inputs = append(c.Inputs, to[in])
	}
	for _, o := range n.Outputs {
		v := &Value{Node: c, Index: o.Index, Shape: o.Shape}
		c.Outputs = append(c.Outputs, v)
		to[o] = v
	}
	for _, b := range n.Bodies {
		c.Bodies = append(c.Bodies, b.clone(f, to))
	}
	f.Nodes = append(f.Nodes, c)
}

// clone copies a closure for use in parent. to maps the values of its old parent to those of the
// new one.
func (f *Function) clone(parent *Function, to map[*Value]*Value) *Function {
	c := &Function{Name: f.Name, Owner: parent.Owner, Parent: parent}
	inside := map[*Value]*Value{}
	for _, n := range f.Nodes {
		c.copy(n, inside)
	}
	for _, v := range f.Params {
		c.Params = append(c.Params, inside[v])
	}
	for i, v := range f.Captures {
		c.Captures = append(c.Captures, to[v])
		c.Captured = append(c.Captured, inside[f.Captured[i]])
	}
	for _, v := range f.Results {
		c.Results = append(c.Results, inside[v])
	}
	return c
}

// Clone copies a top-level function.
func (f *Function) Clone() *Function { return f.clone(&Function{Owner: f.Owner}, nil).orphan() }

func (f *Function) orphan() *Function {
	f.Parent = nil
	return f
}
