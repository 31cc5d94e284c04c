package vit

import (
	"math"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/dino-go/dino/internal/layer"
	"github.com/dino-go/dino/internal/testkit/graphtest"
)

// slowBlock is a block of the transformer as loops in float64, for one image: x is [tokens][D].
type slowBlock struct {
	Config
	w map[string][]float64 // "attn.qkv.weight", …
}

// newSlowBlock reads the variables below a scope.
func newSlowBlock(c Config, store *model.Store, scope string) slowBlock {
	names, byName := layer.Within(store, scope)
	w := map[string][]float64{}
	for _, name := range names {
		w[name] = graphtest.Float64s(graphtest.Floats(byName[name].MustValue()))
	}
	return slowBlock{c, w}
}

// forward returns the output and the attention probabilities [head][query][key].
func (b slowBlock) forward(x [][]float64) ([][]float64, [][][]float64) {
	if b.PostNorm {
		y, probabilities := b.attention(x)
		x = b.add(x, b.norm("norm1", y), "ls1.gamma")
		return b.add(x, b.norm("norm2", b.mlp(x)), "ls2.gamma"), probabilities
	}
	y, probabilities := b.attention(b.norm("norm1", x))
	x = b.add(x, y, "ls1.gamma")
	return b.add(x, b.mlp(b.norm("norm2", x)), "ls2.gamma"), probabilities
}

func (b slowBlock) add(x, y [][]float64, gamma string) [][]float64 {
	out := make([][]float64, len(x))
	for t := range x {
		out[t] = make([]float64, len(x[t]))
		for i := range x[t] {
			scale := 1.0
			if b.LayerScale != 0 {
				scale = b.w[gamma][i]
			}
			out[t][i] = x[t][i] + scale*y[t][i]
		}
	}
	return out
}

func (b slowBlock) norm(name string, x [][]float64) [][]float64 {
	out := make([][]float64, len(x))
	for t, row := range x {
		mean, variance := 0.0, 0.0
		for _, v := range row {
			mean += v / float64(len(row))
		}
		for _, v := range row {
			variance += (v - mean) * (v - mean) / float64(len(row))
		}
		for i, v := range row {
			out[t] = append(out[t], (v-mean)/math.Sqrt(variance+b.LayerNormEps)*b.w[name+".weight"][i]+b.w[name+
				".bias"][i])
		}
	}
	return out
}

func (b slowBlock) linear(name string, x [][]float64, out int) [][]float64 {
	weight, bias := b.w[name+".weight"], b.w[name+".bias"]
	y := make([][]float64, len(x))
	for t, row := range x {
		y[t] = make([]float64, out)
		for o := range out {
			if bias != nil {
				y[t][o] = bias[o]
			}
			for i, v := range row {
				y[t][o] += weight[o*len(row)+i] * v
			}
		}
	}
	return y
}

func (b slowBlock) attention(x [][]float64) ([][]float64, [][][]float64) {
	d := b.EmbedDim / b.NumHeads
	qkv := b.linear("attn.qkv", x, 3*b.EmbedDim)
	y := make([][]float64, len(x))
	probabilities := make([][][]float64, b.NumHeads)
	for q := range x {
		y[q] = make([]float64, b.EmbedDim)
	}
	for h := range b.NumHeads {
		for q := range x {
			row, sum := make([]float64, len(x)), 0.0
			for k := range x {
				score := 0.0
				for i := range d {
					score += qkv[q][h*d+i] * qkv[k][b.EmbedDim+h*d+i]
				}
				row[k] = math.Exp(score / math.Sqrt(float64(d)))
				sum += row[k]
			}
			for k := range x {
				row[k] /= sum
				for i := range d {
					y[q][h*d+i] += row[k] * qkv[k][2*b.EmbedDim+h*d+i]
				}
			}
			probabilities[h] = append(probabilities[h], row)
		}
	}
	return b.linear("attn.proj", y, b.EmbedDim), probabilities
}

func (b slowBlock) mlp(x [][]float64) [][]float64 {
	if b.SwiGLU {
		return b.linear("mlp.fc2", swish(b.linear("mlp.fc1", x, 2*b.MLPHidden())), b.EmbedDim)
	}
	hidden := b.linear("mlp.fc1", x, b.MLPHidden())
	for _, row := range hidden {
		for i, v := range row {
			row[i] = b.act(v)
		}
	}
	return b.linear("mlp.fc2", hidden, b.EmbedDim)
}

// swish gates the second half of every row by the first: v₁/(1 + e^−v₁)·v₂.
func swish(x [][]float64) [][]float64 {
	out := make([][]float64, len(x))
	for t, row := range x {
		half := len(row) / 2
		for i := range half {
			out[t] = append(out[t], row[i]/(1+math.Exp(-row[i]))*row[half+i])
		}
	}
	return out
}

// act is the activation of a number, by its definition.
func (b slowBlock) act(v float64) float64 {
	switch b.Activation {
	case GELUTanh:
		return v / 2 * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(v+0.044715*v*v*v)))
	case QuickGELU:
		return v / (1 + math.Exp(-1.702*v))
	case ReLU:
		return max(v, 0)
	case SiLU:
		return v / (1 + math.Exp(-v))
	}
	return v * math.Erfc(-v/math.Sqrt2) / 2
}
