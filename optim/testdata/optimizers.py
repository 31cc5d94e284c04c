# Updates of tensors by PyTorch in float64. The first argument is a list of {"rule": "adamw", "lars"
# or "muon", "options", "shape", "weight", "gradients", "lr", "decay"}, with a gradient, a rate and
# a weight decay for every step. Prints the weights after the last one, for each.
import json
import sys

import torch


class LARS:
    """The formula in the documentation of optim.LARS, one line each."""

    def __init__(self, weight, momentum, trust):
        self.w, self.momentum, self.trust, self.mu = weight, momentum, trust, torch.zeros_like(weight)

    def step(self, gradient, lr, decay):
        d = gradient + decay * self.w
        if self.w.ndim != 1:
            norms = self.w.norm(), d.norm()
            if min(norms) > 0:
                d = d * (self.trust * norms[0] / norms[1])
        self.mu = self.momentum * self.mu + d
        self.w -= lr * self.mu


class Torch:
    """An optimizer of PyTorch itself."""

    def __init__(self, weight, kind, **options):
        self.w = torch.nn.Parameter(weight)
        self.optimizer = kind([self.w], lr=0.0, weight_decay=0.0, **options)

    def step(self, gradient, lr, decay):
        self.optimizer.param_groups[0].update(lr=lr, weight_decay=decay)
        self.w.grad = gradient.clone()
        self.optimizer.step()


def muon(weight, options):
    torch.bfloat16 = torch.float64  # what its Newton-Schulz iteration is cast to
    return Torch(weight, torch.optim.Muon, momentum=options["momentum"], nesterov=options["nesterov"],
                 ns_steps=options["iterations"], adjust_lr_fn=options["adjust_rate"])


def adamw(weight, options):
    return Torch(weight, torch.optim.AdamW, betas=(options["beta1"], options["beta2"]), eps=options["eps"])


def lars(weight, options):
    return LARS(weight, options["momentum"], options["trust"])


def descend(case):
    weight = torch.tensor(case["weight"], dtype=torch.float64).reshape(case["shape"])
    rule = {"adamw": adamw, "lars": lars, "muon": muon}[case["rule"]](weight, case["options"])
    for gradient, lr, decay in zip(case["gradients"], case["lr"], case["decay"]):
        rule.step(torch.tensor(gradient, dtype=torch.float64).reshape(case["shape"]), lr, decay)
    return rule.w.detach().flatten().tolist()


print(json.dumps([descend(case) for case in json.loads(sys.argv[1])]))
