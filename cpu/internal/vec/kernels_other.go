//go:build !amd64

package vec

import "github.com/dino-go/dino/cpu/internal/isa"

func kernelsOf(isa.Level) kernels { return portable }
