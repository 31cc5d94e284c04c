package vec

import "math"

// LayerNorm normalises one row: dst[i] = (x[i] − mean)·rstd·weight[i] + bias[i], with rstd =
// 1/√(variance + eps) and the biased variance. weight and bias may be nil (1 and 0). It returns
// mean and rstd, which LayerNormGrad needs.
func LayerNorm(dst, x, weight, bias []float32, eps float32) (mean, rstd float32) {
	equal("LayerNorm", len(dst), len(x))
	if len(x) == 0 {
		return 0, 0
	}
	n := float32(len(x))
	mean = Sum(x) / n
	rstd = 1 / float32(math.Sqrt(float64(SquaredDistance(x, mean)/n+eps)))
	if weight != nil && bias != nil {
		equal3("LayerNorm", len(x), len(weight), len(bias))
		active.normalizeAffine(dst, x, weight, bias, mean, rstd)
		return mean, rstd
	}
	active.normalize(dst, x, mean, rstd)
	if weight != nil {
		Mul(dst, dst, weight)
	}
	if bias != nil {
		Add(dst, dst, bias)
	}
	return mean, rstd
}

// Affine is dst[i] = x[i]·s·weight[i] + bias[i].
func Affine(dst, x, weight, bias []float32, s float32) {
	equal("Affine", len(dst), len(x))
	equal3("Affine", len(x), len(weight), len(bias))
	active.normalizeAffine(dst, x, weight, bias, 0, s)
}

// LayerNormGrad is the gradient of LayerNorm for one row, with g[i] = dy[i]·weight[i] and x̂[i] =
// (x[i] − mean)·rstd:
//
//	dx[i] = rstd·(g[i] − Σg/n − x̂[i]·Σ(g·x̂)/n);  dweight[i] += dy[i]·x̂[i];  dbias[i] += dy[i].
//
// weight is [n] too. dweight and dbias are gathered over the rows of one caller. dx may be dy.
func LayerNormGrad(dx, dy, x, weight []float32, mean, rstd float32, dweight, dbias []float32) {
	equal3("LayerNormGrad", len(dx), len(dy), len(x))
	equal("LayerNormGrad", len(x), len(weight))
	equal3("LayerNormGrad", len(x), len(dweight), len(dbias))
	if len(x) == 0 {
		return
	}
	sum, dot := active.normGradSums(dy, x, weight, dweight, dbias, mean, rstd)
	n := float32(len(x))
	active.normGrad(dx, dy, x, weight, mean, rstd, sum/n, dot/n)
}

// normalizePortable is dst[i] = (x[i] − mean)·rstd.
func normalizePortable(dst, x []float32, mean, rstd float32) {
	for i, v := range x {
		dst[i] = (v - mean) * rstd
	}
}

// normalizeAffinePortable is dst[i] = (x[i] − mean)·rstd·weight[i] + bias[i].
func normalizeAffinePortable(dst, x, weight, bias []float32, mean, rstd float32) {
	for i, v := range x {
		dst[i] = (v-mean)*rstd*weight[i] + bias[i]
	}
}

// normGradSumsPortable returns Σ g and Σ g·x̂, and adds to dweight and dbias.
func normGradSumsPortable(dy, x, weight, dweight, dbias []float32, mean, rstd float32) (sum, dot float32) {
	for i, d := range dy {
		xhat := (x[i] - mean) * rstd
		dweight[i] += d * xhat
		dbias[i] += d
		d *= weight[i]
		sum += d
		dot += d * xhat
	}
	return sum, dot
}

// normGradPortable is dx[i] = rstd·(g[i] − sum − x̂[i]·dot).
func normGradPortable(dx, dy, x, weight []float32, mean, rstd, sum, dot float32) {
	for i, d := range dy {
		dx[i] = rstd * (d*weight[i] - sum - (x[i]-mean)*rstd*dot)
	}
}
