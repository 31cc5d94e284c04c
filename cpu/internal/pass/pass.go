// Package pass rewrites graphs before they are lowered to programs, one pass per file: dead-code
// elimination, common-subexpression elimination, simplification, and pattern fusion, which makes
// one operation of several that the compiler has a better kernel for.
package pass

import (
	"fmt"

	"github.com/dino-go/dino/cpu/internal/graph"
)

// Run applies all passes to a function and its closures. The function is changed; an error, which
// names the pass, is a fault of the pass, and leaves the function unusable.
func Run(f *graph.Function) (err error) {
	name := ""
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("rewriting the graph: %s: %v", name, r)
		}
	}()
	for _, p := range passes {
		name = p.name
		everywhere(f, p.apply)
	}
	return nil
}

// passes are in the order in which they are applied, with the reason for the place of each.
//
// Fusions match expressions as GoMLX writes them: they come after what gives equal expressions one
// form, and before what would change their parts. Most passes count the users of a value, so dead
// code is eliminated before each of them that follows one which leaves some.
var passes = []struct {
	name  string
	apply func(f *graph.Function)
}{
	// First, because gradients leave nodes that no result needs.
	{"dead-code elimination", eliminateDeadCode},
	// Before common-subexpression elimination, which shares what it adds to a comparator.
	{"NaNs last in sorts", sortNaNsLast},
	// Before common-subexpression elimination: expressions that differ only in views that change
	// nothing are equal afterwards.
	{"simplification of views", simplifyViews},
	// Before all fusions, which tell by identity that two values are the same.
	{"common-subexpression elimination", eliminateCommonSubexpressions},
	// Narrowing needs conversions that are the only users of their products. In transformers in
	// bfloat16 it does not find the gradients of attention otherwise.
	{"dead-code elimination", eliminateDeadCode},
	// Before all fusions, which look at the data types of the operands of products.
	{"narrowing of products", narrowProducts},
	// Narrowing repeats views in bfloat16, once for each product that reads them.
	{"common-subexpression elimination", eliminateCommonSubexpressions},
	{"dead-code elimination", eliminateDeadCode},
	// Before the dead-code elimination that fusion of attention needs: it leaves padded tensors and
	// sums without users.
	{"fusion of concatenations", fuseConcatenations},
	// Fusion of attention rejects values with other users, dead ones among them.
	{"dead-code elimination", eliminateDeadCode},
	// Before fusion of conversions, which would change the types of the products of a gradient.
	{"fusion of attention", fuseAttention},
	// Anywhere after common-subexpression elimination, which gives the function and its gradient
	// one x/√2. It does not count users: who else uses the parts of a GELU keeps them.
	{"fusion of GELU", fuseGelu},
	// After narrowing and fusion of attention, which look for products that give bfloat16.
	{"fusion of conversions", fuseConversions},
	// Fusion of biases needs products with one user: what attention and GELU have replaced is none.
	{"dead-code elimination", eliminateDeadCode},
	// After all that knows products of two operands: it adds a third.
	{"fusion of biases", fuseBiases},
	// Last, because lowering makes a kernel of every node that is left.
	{"dead-code elimination", eliminateDeadCode},
}

// everywhere applies a pass to the closures of a function, to theirs, and to the function.
func everywhere(f *graph.Function, pass func(f *graph.Function)) {
	for _, n := range f.Nodes {
		for _, body := range n.Bodies {
			everywhere(body, pass)
		}
	}
	pass(f)
}
