package weights

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/dino-go/dino/weights/pickle"
)

// storageTypes maps the classes of PyTorch's storages to element types.
var storageTypes = map[string]string{
	"FloatStorage": F32, "DoubleStorage": F64, "HalfStorage": F16, "BFloat16Storage": BF16,
	"LongStorage": I64, "IntStorage": I32, "ShortStorage": I16, "CharStorage": I8, "ByteStorage": U8,
	"BoolStorage": Bool,
}

// listedStorages are those whose tensors are listed, but not read as numbers.
var listedStorages = map[string]string{"ComplexFloatStorage": "C64", "ComplexDoubleStorage": "C128"}

// listedTypes are PyTorch's names of element types that are listed, but not read as numbers.
var listedTypes = map[string]string{
	"uint16": "U16", "uint32": "U32", "uint64": "U64", "float8_e4m3fn": "F8_E4M3", "float8_e5m2": "F8_E5M2",
	"float8_e8m0fnu": "F8_E8M0",
}

// maxClassName bounds the name of a class.
const maxClassName = 300

// storageClass is the class of a storage, as a pickle names it.
type storageClass struct{ dtype string }

// inertClasses are the classes of settings that training programs keep beside
// the tensors. Their objects are kept as what they are made from.
var inertClasses = []string{
	"argparse.Namespace",
	"builtins.complex", "builtins.slice", "builtins.range", "builtins.bytearray", "__builtin__.bytearray",
	"_codecs.encode",
	"collections.Counter",
	"datetime.datetime", "datetime.timedelta",
	"pytorch_lightning.callbacks.model_checkpoint.ModelCheckpoint",
	"lightning.pytorch.callbacks.model_checkpoint.ModelCheckpoint",
	"numpy.core.multiarray.scalar", "numpy.core.multiarray._reconstruct", "numpy._core.multiarray.scalar",
	"numpy._core.multiarray._reconstruct", "numpy.dtype", "numpy.ndarray",
	"omegaconf.base.ContainerMetadata", "omegaconf.base.Metadata", "omegaconf.dictconfig.DictConfig",
	"omegaconf.listconfig.ListConfig",
	"omegaconf.nodes.AnyNode", "omegaconf.nodes.BooleanNode", "omegaconf.nodes.FloatNode",
	"omegaconf.nodes.IntegerNode", "omegaconf.nodes.StringNode",
	"pathlib.Path", "pathlib.PosixPath", "pathlib.PurePath", "pathlib.PurePosixPath", "pathlib.WindowsPath",
	"pathlib.PureWindowsPath",
	"torch.Generator", "torch.device", "torch.serialization._get_layout",
	"typing.Any",
}

// dtypeNames are the element types that PyTorch's pickles name as values.
var dtypeNames = []string{
	"float16", "float32", "float64", "bfloat16", "int8", "int16", "int32", "int64", "uint8", "bool",
}

// findClass returns what a PyTorch file may name: functions that make tensors,
// the classes of storages, and classes of settings. Of everything else nothing is made, and the
// values are skipped.
func findClass(module, name string) (any, error) {
	full := module + "." + name
	switch full {
	case "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor":
		return pickle.Function(rebuildTensor), nil
	case "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state":
		return pickle.Function(firstArgument), nil
	case "torch._utils._rebuild_tensor_v3":
		return pickle.Function(rebuildTyped), nil
	case "torch._utils._rebuild_wrapper_subclass":
		return pickle.Function(rebuildWrapper), nil
	case "torch.storage.UntypedStorage":
		return storageClass{U8}, nil
	case "torch._tensor._rebuild_from_type_v2":
		return pickle.Function(rebuildFromType), nil
	case "torch.nn.parameter.Parameter", "torch.nn.parameter.Buffer", "torch.Tensor",
		"torch._C._disabled_torch_function_impl":
		return pickle.Inert(full), nil
	case "collections.OrderedDict", "collections.defaultdict", "builtins.dict", "__builtin__.dict",
		"lightning.fabric.utilities.data.AttributeDict", "lightning_fabric.utilities.data.AttributeDict",
		"pytorch_lightning.utilities.parsing.AttributeDict":
		return pickle.Function(newDict), nil
	case "builtins.set", "__builtin__.set", "builtins.frozenset", "__builtin__.frozenset", "torch.Size",
		"builtins.list", "builtins.tuple":
		return pickle.Function(firstArgument), nil
	}
	if dtype, ok := storageTypes[name]; ok && module == "torch" {
		return storageClass{dtype}, nil
	}
	if dtype, ok := listedStorages[name]; ok && module == "torch" {
		return storageClass{dtype}, nil
	}
	if _, ok := listedTypes[name]; module == "torch" && (ok || slices.Contains(dtypeNames, name)) {
		return &pickle.Object{Class: full}, nil
	}
	if slices.Contains(inertClasses, full) {
		return pickle.Inert(full), nil
	}
	if strings.ContainsFunc(full, unicode.IsControl) || len(full) > maxClassName {
		return nil, errors.New("wants a class without a proper name")
	}
	return pickle.Class(full), nil
}

// rebuildTensor is torch._utils._rebuild_tensor_v2(storage, offset, size,
// stride, …): a view of a storage.
func rebuildTensor(args pickle.Tuple) (any, error) {
	if len(args) < 4 {
		return nil, fmt.Errorf("a tensor is made from %d values, want at least 4", len(args))
	}
	if o, ok := args[0].(*pickle.Object); ok && o.Foreign {
		return o, nil
	}
	storage, ok1 := args[0].(*pthStorage)
	offset, ok2 := args[1].(int64)
	shape, ok3 := args[2].(pickle.Tuple)
	strides, ok4 := args[3].(pickle.Tuple)
	if !ok1 || !ok2 || !ok3 || !ok4 {
		return nil, errors.New("a tensor is not made from a storage, an offset, a shape and strides")
	}
	return newPTHTensor(storage, offset, shape, strides)
}

// firstArgument is a class that adds nothing to what it wraps, such as
// torch.nn.Parameter.
func firstArgument(args pickle.Tuple) (any, error) {
	if len(args) == 0 {
		return pickle.Tuple(nil), nil
	}
	return args[0], nil
}

// rebuildFromType is torch._tensor._rebuild_from_type_v2(function, type, args,
// state): a tensor of a subclass, or with attributes, which are dropped.
func rebuildFromType(args pickle.Tuple) (any, error) {
	if len(args) == 4 {
		function, ok1 := args[0].(pickle.Function)
		inner, ok2 := args[2].(pickle.Tuple)
		if ok1 && ok2 {
			made, err := function(inner)
			if wrapper, ok := made.(*wrappedTensor); ok && err == nil {
				return wrapper.unwrap(args[3])
			}
			return made, err
		}
		if class, ok := args[0].(pickle.Class); ok {
			return &pickle.Object{Class: string(class), Foreign: true}, nil
		}
	}
	return nil, errors.New("a tensor with attributes is not made from a function, a type, its arguments and a state")
}

// newDict is a dict, or one of a class that adds only a way to write its keys: empty, or made from
// another.
func newDict(args pickle.Tuple) (any, error) {
	if len(args) == 0 {
		return &pickle.Dict{}, nil
	}
	switch from := args[len(args)-1].(type) {
	case *pickle.Dict:
		return from, nil
	case *pickle.List:
		if len(from.Items) == 0 {
			return &pickle.Dict{}, nil
		}
	case pickle.Function: // defaultdict(list)
		return &pickle.Dict{}, nil
	}
	return nil, errors.New("a dict is made from something other than a dict")
}
