package layout

import "path/filepath"

// otherFolders are folders of weights that are not read as they are: what is in them, and what to
// do.
var otherFolders = []struct{ pattern, advice string }{
	{
		"*.distcp", "is a checkpoint of torch.distributed.checkpoint (FSDP), in parts: gather it into one file with " +
			"python -m torch.distributed.checkpoint.format_utils dcp_to_torch FOLDER weights.pth",
	},
	{
		"__*_*.distcp", "is a checkpoint of torch.distributed.checkpoint (FSDP), in parts: gather it into one file " +
			"with python -m torch.distributed.checkpoint.format_utils dcp_to_torch FOLDER weights.pth",
	},
	{
		"*rank_*_sharded*", "has the parts of a model that lay on several processes (FSDP): gather them there with " +
			"FullStateDictConfig, and save one state dict",
	},
	{
		"zero_pp_rank_*", "is a checkpoint of DeepSpeed, in parts: gather it into one file with the zero_to_fp32.py " +
			"that lies beside it",
	},
	{
		"exported_models/exported_last.pt", "is the folder of a run of lightly-train: take the network that it " +
			"exported, exported_models/exported_last.pt (or exported_best.pt)",
	},
	{
		"checkpoints/last.ckpt", "is the folder of a run of Lightning: take the file checkpoints/last.ckpt in it",
	},
	{"last.ckpt", "is a folder of checkpoints of Lightning: take the file last.ckpt in it"},
}

// adviceOn says which file of a folder to take, or how to make one; empty for an unknown folder.
func adviceOn(path string) string {
	for _, other := range otherFolders {
		if found, err := filepath.Glob(filepath.Join(path, other.pattern)); err == nil && len(found) > 0 {
			return other.advice
		}
	}
	return ""
}
