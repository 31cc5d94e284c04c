package depth

import (
	"context"
	"fmt"
	"math"

	"github.com/dino-go/dino/internal/data/imageio"
)

// smallestStd keeps images of one colour from being divided by nothing: half a level of 255.
const smallestStd = 0.5 / 255

// Statistics measures the mean and the standard deviation of red, green and blue, 0 to 1, of the
// pixels as the network gets them, over a sample that is spread evenly over the files. Every image
// counts the same, whatever its size.
func Statistics(ctx context.Context, files Files, reading imageio.Reading) (mean, std [3]float64, err error) {
	all := make([]int, files.Len())
	for i := range all {
		all[i] = i
	}
	var sum, squares [3]float64
	images := 0
	for _, i := range spread(all, mostMeasured) {
		if err := ctx.Err(); err != nil {
			return mean, std, err
		}
		img, err := reading.DecodeFile(files.Path(i))
		if imageio.Undecodable(err) {
			continue
		}
		if err != nil {
			return mean, std, err
		}
		images++
		var histogram [3][256]int
		for k := 0; k+2 < len(img.Pix); k += 3 {
			histogram[0][img.Pix[k]]++
			histogram[1][img.Pix[k+1]]++
			histogram[2][img.Pix[k+2]]++
		}
		pixels := float64(img.Width * img.Height)
		for c := range histogram {
			for level, count := range histogram[c] {
				v, share := float64(level)/255, float64(count)/pixels
				sum[c] += share * v
				squares[c] += share * v * v
			}
		}
	}
	if images == 0 {
		return mean, std, fmt.Errorf("depth: mean and standard deviation cannot be measured: no image of a sample of "+
			"%d can be decoded", min(len(all), mostMeasured))
	}
	for c := range mean {
		mean[c] = sum[c] / float64(images)
		std[c] = max(smallestStd, math.Sqrt(max(0, squares[c]/float64(images)-mean[c]*mean[c])))
		mean[c], std[c] = rounded(mean[c]), rounded(std[c])
	}
	return mean, std, nil
}

// rounded keeps four digits behind the point, which is below a hundredth of a level of 8 bits.
func rounded(x float64) float64 { return math.Round(x*1e4) / 1e4 }
