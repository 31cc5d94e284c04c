package cpu

import (
	"reflect"

	"github.com/gomlx/compute/dtypes"
)

// flatType is the data type and length of a slice of Go values; the type is invalid if it is none.
func flatType(flat any) (dtypes.DType, int) {
	v := reflect.ValueOf(flat)
	if v.Kind() != reflect.Slice {
		return dtypes.InvalidDType, 0
	}
	return dtypes.FromGoType(v.Type().Elem()), v.Len()
}
