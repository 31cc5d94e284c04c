# KoLeo of features by the formula of DINOv2 (Oquab et al. 2023, section 4; Sablayrolles et al.
# 2019), with the small numbers of its code, in float64: L(x) = −1/n Σ log min_{j≠i} ‖x_i − x_j‖
# over the L2-normalised features. The first argument is {"features": [[[float]]]}, batches [B, D].
# Prints {"cases": [{"features", "loss", "gradient"}]}.
import json
import sys

import torch

EPS = 1e-8


def koleo(features):
    x = torch.nn.functional.normalize(features, p=2, dim=-1, eps=EPS)
    products = x @ x.T
    products.fill_diagonal_(-torch.inf)
    nearest = x[products.detach().argmax(dim=1)]
    distances = torch.nn.PairwiseDistance(p=2, eps=EPS)(x, nearest)
    return -torch.log(distances + EPS).mean()


cases = []
for batch in json.loads(sys.argv[1])["features"]:
    features = torch.tensor(batch, dtype=torch.float64, requires_grad=True)
    loss = koleo(features)
    loss.backward()
    cases.append({"features": batch, "loss": loss.item(), "gradient": features.grad.tolist()})
print(json.dumps({"cases": cases}))
