package layout

// fate is what becomes of a field of a side file.
type fate struct {
	// only are the values, as JSON, that a field may have, where any other would change the
	// features.
	only []string
	why  string // what the field is, for one that is not read; why no other value is taken
}

// read is the fate of a field that is honoured.
var read = fate{}

// inert is the fate of a field that changes no feature.
func inert(why string) fate { return fate{why: why} }

// only is the fate of a field that is taken with few values.
func only(why string, values ...string) fate { return fate{only: values, why: why} }

// fates lists, for every kind of object in side files, all fields that its writers write, and what
// is done with each. A field that is missing here is an error of whoever opens the file. The test
// compares the lists with timm and transformers where they are installed.
var fates = map[string]map[string]fate{
	transformersFile: transformersFates,
	timmFile: {
		"architecture": read, "global_pool": read, "model_args": read, "pretrained_cfg": read,
		"model_type": read, "num_classes": inert(ofClasses), "num_features": inert("width of the features"),
		"label_names": inert(ofClasses), "label_descriptions": inert(ofClasses), "labels": inert(ofClasses),
		"id2label": inert(ofClasses), "label2id": inert(ofClasses), "num_labels": inert(ofClasses),
		"architectures": inert(ofClass), "transformers_version": inert(ofWriter), "torch_dtype": inert(ofWriter),
		"dtype": inert(ofWriter), "problem_type": inert(ofClasses), "do_pooling": inert(ofClass),
		"initializer_range": inert(ofTraining), "feature_fusion": inert(ofClass),
	},
	timmInputFile: timmInputFates,
	timmArgsFile:  timmArgsFates,
	processorFile: processorFates,
}

// Kinds of objects in side files.
const (
	transformersFile = "config.json of transformers"
	timmFile         = "config.json of timm"
	timmInputFile    = "pretrained_cfg of timm"
	timmArgsFile     = "model_args of timm"
	processorFile    = "preprocessor_config.json of transformers"
)

// Reasons of several rows.
const (
	ofTraining = "of training"
	ofClasses  = "of a classifier"
	ofWriter   = "tells who wrote the file"
	ofClass    = "chooses a class around the network"
	ofOutputs  = "chooses among outputs"
	ofSource   = "tells where weights come from"
)

var transformersFates = map[string]fate{
	"model_type": read, "num_attention_heads": read, "hidden_act": read, "layer_norm_eps": read, "image_size": read,
	"hidden_size": read, "num_hidden_layers": read, "intermediate_size": read, "patch_size": read,
	"num_channels": read, "qkv_bias": read, "num_register_tokens": read, "use_swiglu_ffn": read,
	"mlp_ratio":     inert("the width of the MLP, which the tensors show"),
	"architectures": inert(ofClass), "transformers_version": inert(ofWriter), "dtype": inert(ofWriter),
	"torch_dtype": inert(ofWriter), "_name_or_path": inert(ofWriter), "_commit_hash": inert(ofWriter),
	"attention_probs_dropout_prob": inert(ofTraining), "hidden_dropout_prob": inert(ofTraining),
	"drop_path_rate": inert(ofTraining), "initializer_range": inert(ofTraining),
	"layerscale_value": inert(ofTraining), "mask_ratio": inert(ofTraining), "norm_pix_loss": inert(ofTraining),
	"encoder_stride": inert("of a decoder"), "decoder_hidden_size": inert("of a decoder"),
	"decoder_intermediate_size": inert("of a decoder"), "decoder_num_attention_heads": inert("of a decoder"),
	"decoder_num_hidden_layers": inert("of a decoder"),
	"pooler_act":                inert("of the pooler behind the features"),
	"pooler_output_size":        inert("of the pooler behind the features"),
	"id2label":                  inert(ofClasses), "label2id": inert(ofClasses), "num_labels": inert(ofClasses),
	"problem_type": inert(ofClasses), "finetuning_task": inert(ofClasses),
	"return_dict": inert(ofOutputs), "use_return_dict": inert(ofOutputs), "output_attentions": inert(ofOutputs),
	"output_hidden_states": inert(ofOutputs), "out_features": inert(ofOutputs), "out_indices": inert(ofOutputs),
	"_out_features": inert(ofOutputs), "_out_indices": inert(ofOutputs), "stage_names": inert(ofOutputs),
	"apply_layernorm": inert(ofOutputs), "reshape_hidden_states": inert(ofOutputs),
	"tie_last_hidden_states": inert(ofOutputs), "use_mask_token": inert(ofTraining),
	"chunk_size_feed_forward": inert("cuts the work into parts"), "torchscript": inert(ofOutputs),
	"_attn_implementation": inert("chooses among kernels"), "attn_implementation": inert("chooses among kernels"),
	"_attn_implementation_internal": inert("chooses among kernels"),
	"_attn_implementation_autoset":  inert("chooses among kernels"),
	"_experts_implementation":       inert("chooses among kernels"),
	"use_cache":                     inert("of decoders"), "tie_word_embeddings": inert("of language models"),
	"is_encoder_decoder": only("a transformer for images has no decoder", "false"),
	"is_decoder":         only("a transformer for images has no decoder", "false"),
	"pruned_heads":       only("heads that were taken out are not read", "{}", "null"),
	"per_layer_config":   only("blocks that differ are not read", "{}", "null"),
}

var timmInputFates = map[string]fate{
	"input_size": read, "interpolation": read, "crop_pct": read, "crop_mode": read, "mean": read, "std": read,
	"url": inert(ofSource), "file": inert(ofSource), "state_dict": inert(ofSource), "hf_hub_id": inert(ofSource),
	"hf_hub_filename": inert(ofSource), "source": inert(ofSource), "architecture": inert(ofSource),
	"tag": inert(ofSource), "custom_load": inert(ofSource), "license": inert(ofSource),
	"description": inert(ofSource), "origin_url": inert(ofSource), "paper_name": inert(ofSource),
	"paper_ids": inert(ofSource), "notes": inert(ofSource),
	"test_input_size":  inert("a second size that timm takes where it is asked to"),
	"test_crop_pct":    inert("a second crop that timm takes where it is asked to"),
	"test_pool_size":   inert("of networks of convolutions"),
	"min_input_size":   inert("a bound"),
	"fixed_input_size": inert("a bound"), "pool_size": inert("of networks of convolutions"),
	"num_classes": inert(ofClasses), "label_offset": inert(ofClasses), "label_names": inert(ofClasses),
	"label_descriptions": inert(ofClasses), "first_conv": inert("the name of a layer"),
	"classifier": inert("the name of a layer"),
}

var timmArgsFates = map[string]fate{
	"act_layer": read, "global_pool": read, "fc_norm": read, "final_norm": read, "num_heads": read,
	"norm_layer": read, "block_fn": read, "class_token": read, "qkv_bias": read, "reg_tokens": read,
	"embed_dim": read, "depth": read, "patch_size": read, "in_chans": read, "img_size": read, "mlp_ratio": read,
	"init_values": inert(ofTraining), "no_embed_class": read, "mlp_layer": read,
	"qk_norm":             only("queries and keys with norms are not read", "false"),
	"scale_attn_norm":     only("norms within attention are not read", "false"),
	"scale_mlp_norm":      only("norms within the MLP are not read", "false"),
	"proj_bias":           only("projections without bias are not read", "true"),
	"pre_norm":            only("a norm before the blocks is not read", "false"),
	"pos_embed":           only("a network without position embedding is not read", `"learn"`),
	"pool_include_prefix": only("pooling takes the patches alone", "false"),
	"dynamic_img_pad":     only("images are not padded to patches", "false"),
	"embed_layer":         only("patches are embedded by one convolution", "null"),
	"embed_norm_layer":    only("a norm of embedded patches is not read", "null"),
	"attn_layer":          read,
	"dynamic_img_size":    inert("networks here take any size"),
	"strict_img_size":     inert("networks here take any size"),
	"num_classes":         inert(ofClasses), "drop_rate": inert(ofTraining), "pos_drop_rate": inert(ofTraining),
	"patch_drop_rate": inert(ofTraining), "proj_drop_rate": inert(ofTraining), "attn_drop_rate": inert(ofTraining),
	"drop_path_rate": inert(ofTraining), "drop_block_rate": inert(ofTraining), "weight_init": inert(ofTraining),
	"fix_init": inert(ofTraining), "device": inert(ofTraining), "dtype": inert(ofTraining),
	"distilled_training": inert(ofTraining),
}

var processorFates = map[string]fate{
	"image_processor_type": read, "feature_extractor_type": read, "do_resize": read, "size": read, "resample": read,
	"do_center_crop": read, "crop_size": read, "crop_pct": read, "do_rescale": read, "rescale_factor": read,
	"do_normalize": read, "image_mean": read, "image_std": read, "default_to_square": read,
	"do_convert_rgb":   inert("images are read as RGB"),
	"do_reduce_labels": inert("of maps of classes"), "processor_class": inert(ofWriter), "auto_map": inert(ofWriter),
	"data_format": inert("the order of axes"), "input_data_format": inert("the order of axes"),
	"device": inert("where it is computed"), "return_tensors": inert(ofOutputs), "disable_grouping": inert(ofOutputs),
	"image_seq_length": inert("of language models"), "model_input_names": inert(ofOutputs),
	"_valid_processor_keys": inert(ofWriter), "_processor_class": inert(ofWriter),
	"transformers_version":  inert(ofWriter),
	"do_pad":                only("images are not padded", "false", "null"),
	"pad_size":              inert("takes effect with do_pad alone"),
	"do_flip_channel_order": only("channels are red, green, blue", "false", "null"),
	"use_square_size":       only("size says whether images are squashed", "false", "null"),
}
