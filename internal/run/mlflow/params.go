package mlflow

import (
	"fmt"

	"github.com/dino-go/dino/internal/settings"
)

// maxValue is the longest value that MLflow takes, in bytes.
const maxValue = 6000

// params are the options of a configuration by their whole names, in its order.
func params(config string) ([]tag, error) {
	set, err := settings.Of([]byte(config))
	if err != nil {
		return nil, err
	}
	var all []tag
	for _, s := range set {
		value := fmt.Sprint(s.Value)
		all = append(all, tag{s.Name, value[:min(len(value), maxValue)]})
	}
	return all, nil
}
