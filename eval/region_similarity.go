package eval

// RegionSimilarity returns the Jaccard index of one object in two maps of one
// size, the area of the intersection over that of the union: the measure J of
// DAVIS (Perazzi et al., "A Benchmark Dataset and Evaluation Methodology for
// Video Object Segmentation", 2016). It is 1 where neither map has the object.
func RegionSimilarity(a, b LabelMap, object int) float64 {
	intersection, union := 0, 0
	for i, label := range a.Labels {
		inA, inB := int(label) == object, int(b.Labels[i]) == object
		if inA || inB {
			union++
		}
		if inA && inB {
			intersection++
		}
	}
	if union == 0 {
		return 1
	}
	return float64(intersection) / float64(union)
}
