package nets

import "github.com/gomlx/gomlx/core/graph"

// Want asks [Network.ForwardAll] for outputs that are left out otherwise.
type Want struct {
	LastBlocks int  // outputs of the last n blocks; at most [Outputs].Blocks
	Attention  bool // attention probabilities of the last block, where the network has attention
}

// Output has the named outputs of a forward pass over B images. T = P + N tokens: P in front, and
// one for each of the N = rows·columns cells of the grid, row by row. A convolutional network has a
// feature map, whose cells are its tokens, and P = 0.
type Output struct {
	// Features [B, D] stand for the image: the class token, or what is pooled of the patch tokens.
	Features *graph.Node
	// Tokens [B, T, D] are those of the last block, through the final norm where there is one.
	Tokens *graph.Node
	// Blocks are the last [Want].LastBlocks blocks, the oldest first, each in the form of Tokens;
	// the last equals Tokens.
	Blocks []*graph.Node
	// Attention [B, heads, T, T] are the probabilities of the last block: row i is what token i
	// attends to, and sums to 1. nil unless wanted, and where the network has none.
	Attention *graph.Node
	Grid      [2]int // rows and columns of patches: [Geometry.Grid] of the images
	Prefix    int    // P: [Outputs].Prefix
}

// CLS returns the first token [B, D]; the network must have a class token.
func (o Output) CLS() *graph.Node {
	return graph.Squeeze(graph.Slice(o.Tokens, graph.AxisRange(), graph.AxisElem(0)), 1)
}

// Patches returns the patch tokens [B, N, D] in row-major order.
func (o Output) Patches() *graph.Node {
	return graph.Slice(o.Tokens, graph.AxisRange(), graph.AxisRangeToEnd(o.Prefix))
}

// Outputs says which parts of an [Output] a network has.
type Outputs struct {
	Class  bool // the first token is a class token, which stands for the image
	Prefix int  // P: tokens in front of the patches, such as class token and registers
	Blocks int  // blocks in the form of [Output].Tokens, at least 1: the most that [Want] can ask for
	Heads  int  // heads of the attention in the last block; 0 where there is none
}
