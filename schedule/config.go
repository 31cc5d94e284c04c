package schedule

// Config says how every scheduled number develops. Its tags are the names of the section
// train.schedule of a run's configuration, and those in errors; where the momentum and the
// teacher's temperature begin and end are options of the model there.
type Config struct {
	LearningRate LearningRate `yaml:"lr"`
	WeightDecay  WeightDecay  `yaml:"weight_decay"`

	// MomentumPer is step (official: Cosine every optimizer step) or epoch (seed: EMACosine every
	// epoch).
	MomentumPer string `yaml:"momentum_per"`
	// TeacherTempKind is official or seed; they differ by one epoch in when Final is reached.
	TeacherTempKind string `yaml:"teacher_temp_kind"`
	// FreezeLastLayer is how long the prototypes get no update at the beginning of the run.
	// Official: 1 epoch; the seed: none.
	FreezeLastLayer Length `yaml:"freeze_last_layer"`

	Momentum    Momentum    `yaml:"-"`
	TeacherTemp TeacherTemp `yaml:"-"`
}

// Kinds of a learning rate or a weight decay.
const (
	KindCosine           = "cosine"             // Cosine, the official schedule
	KindWarmupCosineSeed = "warmup_cosine_seed" // WarmupCosine, the schedule of the seed's library
	KindConstant         = "constant"           // Constant
)

// LearningRate configures the learning rate. It changes every optimizer step.
type LearningRate struct {
	// Kind is cosine (official), warmup_cosine_seed or constant.
	Kind string `yaml:"kind"`
	// Base is the value after the warm-up. Official and seed: 5e-4.
	Base float64 `yaml:"base"`
	// ScaleByBatch multiplies Base by (images a step)/256. Official: true; seed:
	// false.
	ScaleByBatch bool `yaml:"scale_by_batch"`
	// End is what the cosine ends towards; it is not scaled. Official: 1e-6;
	// seed: 0. A constant rate has none: 0.
	End float64 `yaml:"end"`
	// Warmup is how long the rate rises linearly. Official: 10 epochs; seed: 1%,
	// at least one step.
	Warmup Length `yaml:"warmup"`
	// StartFactor is the first value of the warm-up as a fraction of the value
	// after it. Official: 0; seed: 0.01.
	StartFactor float64 `yaml:"start_factor"`
}

// WeightDecay configures the weight decay. It changes every optimizer step.
type WeightDecay struct {
	// Kind is cosine (official) or constant (seed).
	Kind string `yaml:"kind"`
	// Start is the value at the first step. Official: 0.04; seed: 0.05.
	Start float64 `yaml:"start"`
	// End is what the cosine ends towards. Official: 0.4. A constant decay, as
	// the seed's, has none: 0.
	End float64 `yaml:"end"`
}

// Units in which the momentum advances.
const (
	PerStep  = "step"
	PerEpoch = "epoch"
)

// Momentum configures the coefficient of the teacher's moving average.
type Momentum struct {
	// Start is the value at the beginning of the run. Official and seed: 0.996.
	Start float64
	// End is what the cosine ends towards. Official and seed: 1. Equal to Start,
	// it makes the momentum constant.
	End float64
}

// Kinds of a teacher temperature.
const (
	KindOfficial = "official" // TemperatureOfficial
	KindSeed     = "seed"     // TemperatureSeed
)

// TeacherTemp configures the temperature of the teacher's softmax.
type TeacherTemp struct {
	// Start is the first value of the warm-up. Official and seed: 0.04.
	Start float64
	// Final is the value after the warm-up. Official: 0.04, its longer recipes
	// 0.07; seed: 0.07.
	Final float64
	// Warmup is how long the temperature rises. In epochs, as in both
	// references (official: 0, its longer recipes 30; seed: 30), the temperature
	// changes once an epoch; in steps or percent, every step.
	Warmup Length
}
