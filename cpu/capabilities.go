package cpu

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// capabilities lists what the engine implements. It lacks complex numbers, Fourier transforms,
// quantised operations (GoMLX decomposes them), sub-byte integers, and everything distributed.
var capabilities = compute.Capabilities{
	Functions:   true,
	DynamicAxes: true,
	Operations:  map[compute.OpType]bool{},
	DTypes: map[dtypes.DType]bool{
		dtypes.Bool: true, dtypes.Int8: true, dtypes.Int16: true, dtypes.Int32: true, dtypes.Int64: true,
		dtypes.Uint8: true, dtypes.Uint16: true, dtypes.Uint32: true, dtypes.Uint64: true,
		dtypes.Float16: true, dtypes.BFloat16: true, dtypes.Float32: true, dtypes.Float64: true,
	},
}

func init() {
	for _, op := range []compute.OpType{
		compute.OpTypeParameter, compute.OpTypeConstant, compute.OpTypeIdentity,
		// Elementwise.
		compute.OpTypeAbs, compute.OpTypeBitCount, compute.OpTypeBitwiseNot, compute.OpTypeCeil, compute.OpTypeClz,
		compute.OpTypeCos,
		compute.OpTypeErf, compute.OpTypeExp, compute.OpTypeExpm1, compute.OpTypeFloor, compute.OpTypeIsFinite,
		compute.OpTypeIsNaN,
		compute.OpTypeLog, compute.OpTypeLog1p, compute.OpTypeLogicalNot, compute.OpTypeLogistic, compute.OpTypeNeg,
		compute.OpTypeRound,
		compute.OpTypeRsqrt, compute.OpTypeSign, compute.OpTypeSin, compute.OpTypeSqrt, compute.OpTypeTanh,
		compute.OpTypeAdd, compute.OpTypeAtan2, compute.OpTypeBitwiseAnd, compute.OpTypeBitwiseOr,
		compute.OpTypeBitwiseXor, compute.OpTypeDiv,
		compute.OpTypeLogicalAnd, compute.OpTypeLogicalOr, compute.OpTypeLogicalXor, compute.OpTypeMax,
		compute.OpTypeMin, compute.OpTypeMul,
		compute.OpTypePow, compute.OpTypeRem, compute.OpTypeShiftLeft, compute.OpTypeShiftRightArithmetic,
		compute.OpTypeShiftRightLogical,
		compute.OpTypeSub, compute.OpTypeEqual, compute.OpTypeNotEqual, compute.OpTypeGreaterOrEqual,
		compute.OpTypeGreaterThan,
		compute.OpTypeLessOrEqual, compute.OpTypeLessThan, compute.OpTypeEqualTotalOrder,
		compute.OpTypeNotEqualTotalOrder,
		compute.OpTypeGreaterOrEqualTotalOrder, compute.OpTypeGreaterThanTotalOrder,
		compute.OpTypeLessOrEqualTotalOrder,
		compute.OpTypeLessThanTotalOrder, compute.OpTypeClamp, compute.OpTypeConvertDType, compute.OpTypeWhere,
		// Shapes and places.
		compute.OpTypeBitcast, compute.OpTypeBroadcastInDim, compute.OpTypeConcatenate,
		compute.OpTypeDynamicDimensionSize,
		compute.OpTypeDynamicReshape, compute.OpTypeDynamicShape, compute.OpTypeDynamicSlice,
		compute.OpTypeDynamicUpdateSlice,
		compute.OpTypeGather, compute.OpTypeIota, compute.OpTypePad, compute.OpTypeReshape, compute.OpTypeReverse,
		compute.OpTypeScatterMax,
		compute.OpTypeScatterMin, compute.OpTypeScatterSum, compute.OpTypeSlice, compute.OpTypeTranspose,
		// Reductions, products, windows.
		compute.OpTypeArgMinMax, compute.OpTypeReduceBitwiseAnd, compute.OpTypeReduceBitwiseOr,
		compute.OpTypeReduceBitwiseXor,
		compute.OpTypeReduceLogicalAnd, compute.OpTypeReduceLogicalOr, compute.OpTypeReduceLogicalXor,
		compute.OpTypeReduceMax,
		compute.OpTypeReduceMin, compute.OpTypeReduceProduct, compute.OpTypeReduceSum, compute.OpTypeDot,
		compute.OpTypeDotGeneral,
		compute.OpTypeConvGeneral, compute.OpTypeReduceWindow, compute.OpTypeSelectAndScatterMax,
		compute.OpTypeSelectAndScatterMin,
		// Control flow and the rest.
		compute.OpTypeCall, compute.OpTypeIf, compute.OpTypeSort, compute.OpTypeWhile,
		compute.OpTypeOptimizationBarrier,
		compute.OpTypeSchedulingBarrier, compute.OpTypeRNGBitGenerator,
		compute.OpTypeFusedSoftmax, compute.OpTypeFusedGelu, compute.OpTypeFusedLayerNorm, compute.OpTypeFusedDense,
		compute.OpTypeFusedScaledDotProductAttention, compute.OpTypeFusedScaledDotProductAttentionVJP,
		compute.OpTypeFusedAttentionQKVProjection,
	} {
		capabilities.Operations[op] = true
	}
}
