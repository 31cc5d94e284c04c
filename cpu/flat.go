package cpu

import (
	"reflect"

	"github.com/gomlx/compute/dtypes"
)

// flatType returns the data type and length of a slice; the type is InvalidDType if flat is no
// slice of a supported type.
func flatType(flat any) (dtypes.DType, int) {
	v := reflect.ValueOf(flat)
	if v.Kind() != reflect.Slice {
		return dtypes.InvalidDType, 0
	}
	return dtypes.FromGoType(v.Type().Elem()), v.Len()
}
