package embeddings

import (
	"fmt"

	"github.com/dino-go/dino/weights"
)

func readSafetensors(path string) (*Table, error) {
	file, err := weights.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return decodeSafetensors(file)
}

func decodeSafetensors(file *weights.File) (*Table, error) {
	t := &Table{Metadata: file.Metadata()}
	x, err := file.Tensor(tensorEmbedding)
	if err != nil {
		return nil, err
	}
	if len(x.Shape) != 2 || x.Shape[1] == 0 { // without columns any number of rows would fit
		return nil, fmt.Errorf("%s has shape %v: must be [rows, columns], with at least one column", tensorEmbedding,
			x.Shape)
	}
	t.Features.Rows, t.Features.Cols = x.Shape[0], x.Shape[1]
	if t.Features.Data, err = x.Float32s(); err != nil {
		return nil, err
	}
	t.Rows = make([]Row, x.Shape[0])
	return t, t.describeRows(file)
}

// describeRows fills the rows from their tensors.
func (t *Table) describeRows(file *weights.File) error {
	sizes, err := integers(file, tensorSize, 2*len(t.Rows))
	if err != nil {
		return err
	}
	var places []int64
	if _, t.Patches = file.Info(tensorPatch); t.Patches {
		if places, err = integers(file, tensorPatch, 2*len(t.Rows)); err != nil {
			return err
		}
	}
	paths, err := texts(file, tensorPath, len(t.Rows))
	if err != nil {
		return err
	}
	labels, err := texts(file, tensorLabel, len(t.Rows))
	if err != nil {
		return err
	}
	for i := range t.Rows {
		t.Rows[i] = Row{Path: paths[i], Label: labels[i], Width: int(sizes[2*i]), Height: int(sizes[2*i+1])}
		if t.Patches {
			t.Rows[i].Patch = [2]int{int(places[2*i]), int(places[2*i+1])}
		}
	}
	return nil
}

// integers reads a tensor of n elements.
func integers(file *weights.File, name string, n int) ([]int64, error) {
	x, err := file.Tensor(name)
	if err != nil {
		return nil, err
	}
	values, err := x.Int64s()
	if err == nil && len(values) != n {
		err = fmt.Errorf("%s has %d elements: must be %d", name, len(values), n)
	}
	return values, err
}

// texts reads n texts.
func texts(file *weights.File, name string, n int) ([]string, error) {
	ends, err := integers(file, name+"_end", n)
	if err != nil {
		return nil, err
	}
	x, err := file.Tensor(name)
	if err != nil {
		return nil, err
	}
	bytes, err := x.Bytes()
	if err != nil {
		return nil, err
	}
	out, begin := make([]string, n), int64(0)
	for i, end := range ends {
		if end < begin || end > int64(len(bytes)) {
			return nil, fmt.Errorf("%s_end[%d] is %d: must be from %d to %d", name, i, end, begin, len(bytes))
		}
		out[i] = string(bytes[begin:end])
		begin = end
	}
	return out, nil
}
