package eval

import "fmt"

// ObjectScore is how well one object of a video was followed, the means over
// its frames.
type ObjectScore struct {
	Object int     `json:"object"`
	J      float64 `json:"j"` // see [RegionSimilarity]
	F      float64 `json:"f"` // see [BoundaryAccuracy]
	// RecallJ and RecallF are the shares of frames in which J or F exceed ½.
	RecallJ float64 `json:"recall_j"`
	RecallF float64 `json:"recall_f"`
}

// VideoScore is how well the objects of one or more videos were followed.
type VideoScore struct {
	Objects []ObjectScore `json:"objects"`
	J       float64       `json:"j"` // mean over the objects
	F       float64       `json:"f"`
	JF      float64       `json:"jf"` // (J + F)/2
}

// ScoreVideo compares the maps of all frames of a video with the true ones, as
// the semi-supervised task of DAVIS 2017 does: for every object of the first
// frame, over all frames but the first, whose map was given, and the last. It
// fails on fewer than three frames, on maps of different sizes, and if the first
// frame shows no object.
func ScoreVideo(predicted, truth []LabelMap) (VideoScore, error) {
	if len(predicted) != len(truth) || len(truth) < 3 {
		return VideoScore{}, fmt.Errorf("eval: video: %d predicted and %d true frames: need equally many, and at "+
			"least 3: the first and the last do not count",
			len(predicted), len(truth))
	}
	for i := range truth {
		if err := truth[i].check(fmt.Sprintf("true frame %d", i)); err != nil {
			return VideoScore{}, err
		}
		if err := predicted[i].check(fmt.Sprintf("predicted frame %d", i)); err != nil {
			return VideoScore{}, err
		}
		for _, m := range []LabelMap{truth[i], predicted[i]} {
			if m.Width != truth[0].Width || m.Height != truth[0].Height {
				return VideoScore{}, fmt.Errorf("eval: video: a map of frame %d is %d×%d: must be %d×%d like the "+
					"first true one", i, m.Width, m.Height, truth[0].Width, truth[0].Height)
			}
		}
	}
	objects := truth[0].Objects()
	if len(objects) == 0 {
		return VideoScore{}, fmt.Errorf("eval: video: the first true frame shows no object: all its labels are 0")
	}
	var s VideoScore
	for _, object := range objects {
		s.Objects = append(s.Objects, scoreObject(predicted, truth, object))
	}
	s.average()
	return s, nil
}

func scoreObject(predicted, truth []LabelMap, object int) ObjectScore {
	var j, f, recallJ, recallF float64
	for i := 1; i < len(truth)-1; i++ {
		region, boundary := RegionSimilarity(predicted[i], truth[i], object),
			BoundaryAccuracy(predicted[i], truth[i], object)
		j += region
		f += boundary
		if region > 0.5 {
			recallJ++
		}
		if boundary > 0.5 {
			recallF++
		}
	}
	n := float64(len(truth) - 2)
	return ObjectScore{Object: object, J: j / n, F: f / n, RecallJ: recallJ / n, RecallF: recallF / n}
}

// MeanVideoScore pools the objects of several videos: each counts the same.
func MeanVideoScore(videos []VideoScore) VideoScore {
	var s VideoScore
	for _, video := range videos {
		s.Objects = append(s.Objects, video.Objects...)
	}
	s.average()
	return s
}

// average sets the means over the objects.
func (s *VideoScore) average() {
	for _, object := range s.Objects {
		s.J += object.J
		s.F += object.F
	}
	n := float64(max(len(s.Objects), 1))
	s.J, s.F = s.J/n, s.F/n
	s.JF = (s.J + s.F) / 2
}
