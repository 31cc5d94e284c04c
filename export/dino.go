package export

import (
	"github.com/dino-go/dino/internal/center"
	"github.com/dino-go/dino/weights"
)

// writeDINO writes our own file: the backbone alone like teacher.safetensors of a run, or
// everything under the names of a checkpoint.
func writeDINO(path string, s selection) ([]string, error) {
	metadata, err := s.metadata()
	if err != nil {
		return nil, err
	}
	tensors := s.backbone
	if s.Part == Full {
		tensors = map[string]weights.Tensor{}
		prefixed(tensors, "backbone.teacher.", s.model.Teacher)
		prefixed(tensors, "backbone.student.", s.model.Student)
		prefixed(tensors, "projector.teacher.", s.model.TeacherHead)
		prefixed(tensors, "projector.student.", s.model.StudentHead)
		prefixed(tensors, "optimizer.", s.model.Optimizer)
		if s.model.Center != nil {
			tensors[center.Scope+"."+center.Center] = *s.model.Center
		}
	}
	return nil, weights.Write(path, tensors, metadata)
}
