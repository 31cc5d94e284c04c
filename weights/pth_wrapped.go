package weights

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dino-go/dino/weights/pickle"
)

// rebuildTyped is torch._utils._rebuild_tensor_v3(storage, offset, size, stride, requires_grad,
// hooks, dtype, …): a view of a storage of bytes, whose elements have a type that no class of
// storages has.
func rebuildTyped(args pickle.Tuple) (any, error) {
	if len(args) < 7 {
		return nil, fmt.Errorf("a tensor is made from %d values, want at least 7", len(args))
	}
	storage, ok1 := args[0].(*pthStorage)
	object, ok2 := args[6].(*pickle.Object)
	if !ok1 || !ok2 {
		return nil, fmt.Errorf("a tensor is not made from a storage and a type")
	}
	dtype := listedTypes[strings.TrimPrefix(object.Class, "torch.")]
	size, ok := listedSize[dtype]
	if !ok {
		return &pickle.Object{Class: object.Class, Foreign: true}, nil
	}
	typed := *storage
	typed.dtype, typed.len = dtype, storage.len/int64(size)
	return rebuildTensor(slices.Concat(pickle.Tuple{&typed}, args[1:]))
}

// wrappedTensor is a tensor of a class that keeps its data in another, such as DTensor.
type wrappedTensor struct{ shape []int64 }

// rebuildWrapper is torch._utils._rebuild_wrapper_subclass(class, dtype, size, …).
func rebuildWrapper(args pickle.Tuple) (any, error) {
	if len(args) < 3 {
		return nil, fmt.Errorf("a wrapped tensor is made from %d values, want at least 3", len(args))
	}
	size, ok := args[2].(pickle.Tuple)
	if !ok {
		return nil, fmt.Errorf("a wrapped tensor has no shape")
	}
	w := &wrappedTensor{}
	for _, d := range size {
		n, ok := d.(int64)
		if !ok || n < 0 {
			return nil, fmt.Errorf("a wrapped tensor has a dimension that is no integer from 0")
		}
		w.shape = append(w.shape, n)
	}
	return w, nil
}

// unwrap returns the tensor within, from the attributes of the wrapper.
func (w *wrappedTensor) unwrap(state any) (any, error) {
	attributes, ok := state.(*pickle.Dict)
	if !ok {
		return &pickle.Object{Class: "a wrapped tensor", Foreign: true}, nil
	}
	value, _ := attributes.Get("_local_tensor")
	local, ok := value.(*pthTensor)
	if !ok {
		return &pickle.Object{Class: "a wrapped tensor", Foreign: true}, nil
	}
	if !slices.EqualFunc(local.shape, w.shape, func(a int, b int64) bool { return int64(a) == b }) {
		return nil, fmt.Errorf("the file holds a part %v of a tensor of shape %v, which lies on several processes: "+
			"gather it first, with torch.distributed.checkpoint.state_dict.get_model_state_dict and the options "+
			"full_state_dict=True, cpu_offload=True, and save what that returns", local.shape, w.shape)
	}
	return local, nil
}
