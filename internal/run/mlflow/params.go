package mlflow

import (
	"fmt"

	"github.com/goccy/go-yaml"
)

// maxValue is the longest value that MLflow takes, in bytes.
const maxValue = 6000

// params are the options of a configuration by their whole names, in its order.
func params(config string) ([]tag, error) {
	var tree yaml.MapSlice
	if err := yaml.UnmarshalWithOptions([]byte(config), &tree, yaml.UseOrderedMap()); err != nil {
		return nil, err
	}
	var all []tag
	var add func(above string, section yaml.MapSlice)
	add = func(above string, section yaml.MapSlice) {
		for _, item := range section {
			name := above + fmt.Sprint(item.Key)
			if below, ok := item.Value.(yaml.MapSlice); ok {
				add(name+".", below)
				continue
			}
			value := fmt.Sprint(item.Value)
			all = append(all, tag{name, value[:min(len(value), maxValue)]})
		}
	}
	add("", tree)
	return all, nil
}
