package layout

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/dino-go/dino/internal/parseerror"
	"github.com/dino-go/dino/nets/vit"
)

// infer fills the configuration: from our own metadata or configuration where the source has one,
// else from names and shapes.
func (p *plan) infer(o Options) error {
	c, ok, err := p.stated()
	if err != nil {
		return err
	}
	if !ok {
		if c, err = p.inferred(o); err != nil {
			return err
		}
	}
	if o.Heads != 0 {
		c.NumHeads = o.Heads
	}
	if o.PosEmbed != "" {
		c.PosEmbed = o.PosEmbed
	}
	p.Network = c
	if err := c.Validate(); err != nil {
		return fmt.Errorf("the tensors make no network that works: %w", err)
	}
	return nil
}

// checkKind refuses what our own files state to be a network of another family.
func (p *plan) checkKind() error {
	if kind := statedKind(own(p.source)); kind != "" && kind != vit.Kind {
		return fmt.Errorf("holds a network of kind %s by its metadata %s: must be of kind %s, a vision transformer",
			kind, MetadataNetwork(kind), vit.Kind)
	}
	return nil
}

// stated is the configuration that our own files state.
func (p *plan) stated() (c vit.Config, ok bool, err error) {
	key := MetadataNetwork(vit.Kind)
	if text := own(p.source)[key]; text != "" {
		if err := unmarshal(text, &c); err != nil {
			return c, false, fmt.Errorf("metadata %s: %w", key, parseerror.JSON(err))
		}
		return c.Complete(), true, nil
	}
	c = p.side.run.Model.ViT
	return c.Complete(), c != (vit.Config{}), nil
}

// inferred reads the configuration from the teacher's names and shapes.
func (p *plan) inferred(o Options) (vit.Config, error) {
	kernel := p.recipeFor(PartTeacher, timmKernel).shape
	if len(kernel) != 4 || kernel[2] != kernel[3] || slices.Contains(kernel, 0) {
		return vit.Config{}, fmt.Errorf("the kernel of the patch embedding is %v: want [width, channels, patch, patch]",
			kernel)
	}
	c := vit.Custom(0, kernel[2], kernel[0], p.depth(), 1)
	c.InChannels = kernel[1]
	c.QKVBias = p.has("blocks.0.attn.qkv.bias")
	c.ClassToken = p.has("cls_token")
	if p.has("blocks.0.ls1.gamma") {
		c.LayerScale = layerScaleInit
	}
	if r := p.recipeFor(PartTeacher, "reg_token"); r != nil && len(r.shape) == 3 {
		c.RegTokens = r.shape[1]
	}
	if p.has("fc_norm.weight") && !p.has("norm.weight") {
		c.GlobalPool = vit.PoolAvg
	}
	if !c.ClassToken && c.GlobalPool == vit.PoolToken {
		c.GlobalPool, c.Norm = vit.PoolAvg, vit.NormTokens
	}
	if c.DistToken = p.has("dist_token"); c.DistToken && p.Layout != HF {
		c.GlobalPool = vit.PoolDist
	}
	if err := p.inferMLP(&c); err != nil {
		return c, err
	}
	c.NumHeads = p.numHeads(c.EmbedDim, o)
	if p.Layout == DINOv2 && c.RegTokens > 0 && o.PosEmbed == "" {
		p.note("position embeddings are resampled as those of DINOv2's published networks with registers: " +
			"antialiased, without offset; for weights that the repository trained with its defaults (offset 0.1, no " +
			"antialiasing) say --pos-embed official")
	}
	c.LayerNormEps = p.epsilon()
	c.PosEmbed = p.resampling(c)
	p.traits.apply(&c)
	if err := p.inferGrid(&c, o); err != nil {
		return c, err
	}
	return c, p.traits.agree(c)
}

// layerScaleInit is the initial value that the configuration of a network with LayerScale gets; the
// weights replace it.
const layerScaleInit = 1e-5

// has tells whether the teacher has a tensor.
func (p *plan) has(name string) bool { return p.recipeFor(PartTeacher, name) != nil }

// depth is the number of blocks: one more than the highest index. That none is missing is verified
// later.
func (p *plan) depth() int {
	depth := 0
	for _, r := range p.recipes {
		rest, ok := strings.CutPrefix(r.name, "blocks.")
		if !ok || r.part != PartTeacher {
			continue
		}
		index, _, _ := strings.Cut(rest, ".")
		if n, err := strconv.Atoi(index); err == nil && n < maxDepth {
			depth = max(depth, n+1)
		}
	}
	return depth
}

// maxDepth bounds the number of blocks, so that a name alone cannot ask for memory.
const maxDepth = 1000

// inferMLP reads the hidden width, and whether the MLP is gated, from the first block.
func (p *plan) inferMLP(c *vit.Config) error {
	fc1, fc2 := p.recipeFor(PartTeacher, "blocks.0.mlp.fc1.weight"), p.recipeFor(PartTeacher, "blocks.0.mlp.fc2.weight")
	if fc1 == nil || fc2 == nil || len(fc1.shape) != 2 || len(fc2.shape) != 2 {
		return fmt.Errorf("the first block has no MLP of two layers: blocks.0.mlp.fc1.weight and " +
			"blocks.0.mlp.fc2.weight")
	}
	rows, hidden := fc1.shape[0], fc2.shape[1]
	switch rows {
	case hidden:
	case 2 * hidden:
		c.SwiGLU = true
	default:
		return fmt.Errorf("the MLP goes from %d to %d: want equal widths, or twice the width for a gated one", rows,
			hidden)
	}
	c.MLPRatio = float64(hidden) / float64(c.EmbedDim)
	if c.MLPHidden() != hidden { // the product is rounded down
		c.MLPRatio = math.Nextafter(c.MLPRatio, math.Inf(1))
	}
	return nil
}

// publishedHeads are the numbers of heads of published networks by their width. The heads of those
// in the first line are 64 wide: ViT-Ti, ViT-S, ViT-B, ViT-L and DINOv2's ViT-g. Those of the
// others are wider: SO400M, ViT-H, timm's ViT-g and ViT-G.
var publishedHeads = map[int]int{
	192: 3, 384: 6, 768: 12, 1024: 16, 1536: 24,
	1152: 16, 1280: 16, 1408: 16, 1664: 16,
}

// usualHeadWidth is the width of an attention head in most networks.
const usualHeadWidth = 64

// guessedHeads returns the number of heads, a divisor of width, whose width is closest to
// usualHeadWidth.
func guessedHeads(width int) int {
	best := 1
	for n := 2; n <= width && n <= width/usualHeadWidth+1; n++ {
		if width%n == 0 && distance(n*usualHeadWidth, width) < distance(best*usualHeadWidth, width) {
			best = n
		}
	}
	return best
}

func distance(a, b int) int { return max(a-b, b-a) }

// numHeads is what the options or a side file say, else what published networks of that width have.
// For any other width it is a guess, which a note says: a wrong number fits the shapes as well, and
// would make wrong features without an error.
func (p *plan) numHeads(width int, o Options) int {
	if o.Heads != 0 {
		return o.Heads
	}
	if n, err := strconv.Atoi(own(p.source)[statedHeads]); err == nil && n > 0 {
		return n
	}
	if n := p.traits.heads; n != 0 && (p.traits.width == 0 || p.traits.width == width) {
		return n
	}
	if n, ok := publishedHeads[width]; ok {
		return n
	}
	n := guessedHeads(width)
	p.note("the number of attention heads is not in the file and %d is no usual width: it is guessed to be %d, with "+
		"heads %d wide; say what it is with --heads", width, n, width/n)
	return n
}

// epsilon is that of the layer norms.
func (p *plan) epsilon() float64 {
	if eps := p.traits.epsilon; eps != 0 {
		return eps
	}
	if p.Layout == HF && !p.isDINOv2() {
		p.note("there is no config.json: the epsilon of the layer norms is taken to be 1e-12, transformers' " +
			"default for ViT")
		return 1e-12
	}
	return 1e-6
}

// isDINOv2 tells DINOv2's transformer under transformers' names.
func (p *plan) isDINOv2() bool { return p.has("blocks.0.ls1.gamma") }

// resampling is how the project of a layout resamples the position embedding.
func (p *plan) resampling(c vit.Config) string {
	switch {
	case p.Layout == Official:
		return vit.PosEmbedOfficial
	case p.Layout == DINOv2 && c.RegTokens == 0:
		return vit.PosEmbedOfficial
	case p.Layout == HF && (c.RegTokens == 0 || !p.isDINOv2()):
		return vit.PosEmbedHF
	}
	return vit.PosEmbedTimm
}

// inferGrid reads the native image size from the number of positions.
func (p *plan) inferGrid(c *vit.Config, o Options) error {
	pos := p.recipeFor(PartTeacher, "pos_embed")
	if pos == nil || len(pos.shape) != 3 {
		return fmt.Errorf("the position embedding pos_embed is missing, or not [1, positions, width]")
	}
	size := o.ImageSize
	if size == [2]int{} {
		size = p.traits.imageSize
	}
	total := pos.shape[1]
	for _, prefix := range prefixes(*c) {
		if total <= prefix.entries {
			continue
		}
		native := size
		if native == [2]int{} {
			side := int(math.Sqrt(float64(total-prefix.entries))) * c.PatchSize
			native = [2]int{side, side}
		}
		if native[0]/c.PatchSize*(native[1]/c.PatchSize) != total-prefix.entries {
			continue
		}
		c.ImageSize = native
		c.NoEmbedClass = prefix.entries == 0 || prefix.fold
		if prefix.fold {
			p.foldClassPosition()
		}
		return nil
	}
	return fmt.Errorf("the position embedding has %d entries, which are those of no square grid of patches with %d "+
		"tokens in front: give the native size with --image-size WIDTHxHEIGHT",
		total, c.PrefixTokens())
}

// prefix is a number of entries in front of those for the patches.
type prefix struct {
	entries int
	fold    bool // the entry is the class token's alone, and there are registers
}

// prefixes lists what may lie in front, the likeliest first. DINOv2 puts its registers in after the
// positions were added, so that its embedding has an entry for the class token and none for them.
func prefixes(c vit.Config) []prefix {
	all := prefix{entries: c.PrefixTokens()}
	switch {
	case c.RegTokens > 0 && c.ClassToken:
		return []prefix{{entries: 0}, {entries: 1, fold: true}, all}
	case c.RegTokens > 0:
		return []prefix{{entries: 0}, all}
	case c.ClassToken:
		return []prefix{all, {entries: 0}}
	}
	return []prefix{all}
}
