package verdict

// Names of the measurements that the rules look at.
const (
	loss           = "loss"
	teacherEntropy = "teacher_entropy"
	marginal       = "marginal_entropy"
	kl             = "kl"
	maxProb        = "max_prob"
	featureStd     = "feature_std"
	gradNorm       = "grad_norm"
	targetGain     = "target_gain"
	distance       = "teacher_distance"
	updateSize     = "update_size"
	momentum       = "momentum"
	rate           = "lr"
	weightDecay    = "weight_decay"
	dataWait       = "data_wait"
	probeRankMe    = "probe_rankme"
	probeStd       = "probe_std"
	knn            = "knn" // where there are labels
)
