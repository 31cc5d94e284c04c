"""The peer of the benchmark: the same work as the engine's, in plain PyTorch with timm's network.

It reads lines of JSON from standard input and answers each with one:
{"prepare": NAME} builds a piece of work and runs it until it is warm; {"run": NAME} runs it once and
answers the seconds.
"""

import json
import os
import platform
import sys
import time

import torch
import torch.nn.functional as F
from timm.models.vision_transformer import VisionTransformer

THREADS = int(sys.argv[1])
torch.set_num_threads(THREADS)
torch.manual_seed(0)

SMALL = dict(img_size=224, patch_size=16, embed_dim=384, depth=12, num_heads=6)
TINY = dict(img_size=32, patch_size=8, embed_dim=64, depth=3, num_heads=2)


def network(size):
    return VisionTransformer(num_classes=0, dynamic_img_size=True, **size)


class Head(torch.nn.Module):
    def __init__(self, width, hidden, bottleneck, prototypes):
        super().__init__()
        linear = torch.nn.Linear
        self.mlp = torch.nn.Sequential(
            linear(width, hidden), torch.nn.GELU(), linear(hidden, hidden), torch.nn.GELU(), linear(hidden, bottleneck)
        )
        self.prototypes = linear(bottleneck, prototypes, bias=False)

    def forward(self, x):
        return self.prototypes(F.normalize(self.mlp(x), dim=-1))


def forward(size, batch, bfloat16, compiled):
    dtype = torch.bfloat16 if bfloat16 else torch.float32
    net = network(size).eval().to(dtype)
    side = size["img_size"]
    images = torch.zeros(batch, 3, side, side, dtype=dtype)
    call = torch.compile(net) if compiled else net

    @torch.inference_mode()
    def run():
        call(images).float().sum()

    return run


def backward(size, batch, bfloat16, compiled):
    net = network(size).train()
    side = size["img_size"]
    images = torch.zeros(batch, 3, side, side)
    call = torch.compile(net) if compiled else net

    def run():
        net.zero_grad(set_to_none=True)
        with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
            features = call(images)
        features.float().sum().backward()

    return run


def dino_loss(student, teacher, center, temperature):
    """Mean cross-entropy over the pairs of a teacher's and another student's view; logits [views, batch, K]."""
    targets = F.softmax((teacher.float() - center) / temperature, dim=-1)
    scores = F.log_softmax(student.float() / 0.1, dim=-1)
    total, pairs = 0.0, 0
    for t in range(len(targets)):
        for s in range(len(scores)):
            if s != t:
                total = total - (targets[t] * scores[s]).sum(-1).mean()
                pairs += 1
    return total / pairs


def step(size, batch, local, local_views, head, bfloat16, compiled):
    student = torch.nn.ModuleList([network(size), Head(size["embed_dim"], *head)]).train()
    teacher = torch.nn.ModuleList([network(size), Head(size["embed_dim"], *head)]).train().requires_grad_(False)
    teacher.load_state_dict(student.state_dict())
    followed, following = list(student.parameters()), list(teacher.parameters())
    optimizer = torch.optim.AdamW(followed, lr=1e-4, weight_decay=0.04, fused=True)
    center = torch.zeros(head[-1])
    side = size["img_size"]
    global_views = torch.randn(2 * batch, 3, side, side)
    local_images = torch.randn(local_views * batch, 3, local, local)

    def logits(networks, images):
        return networks[1](networks[0](images)).view(-1, batch, head[-1])

    loss_of = dino_loss
    if compiled:
        logits, loss_of = torch.compile(logits), torch.compile(dino_loss)

    def run():
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
            with torch.no_grad():
                seen = logits(teacher, global_views)
            predicted = torch.cat([logits(student, global_views), logits(student, local_images)])
        loss = loss_of(predicted, seen, center, 0.04)
        loss.backward()
        gradients = [p.grad for p in followed]
        norms = torch._foreach_norm(gradients)
        torch._foreach_mul_(gradients, [torch.clamp(3 / (n + 1e-6), max=1.0) for n in norms])
        optimizer.step()
        torch._foreach_lerp_(following, followed, 1 - 0.996)
        center.mul_(0.9).add_(seen.float().mean((0, 1)), alpha=0.1)
        loss.item()

    return run


HEAD, TINY_HEAD = (2048, 256, 65536), (256, 64, 256)
WORK = {}
for bfloat16 in (False, True):
    for compiled in (False, True):
        name = ("bfloat16" if bfloat16 else "float32") + ("/compiled" if compiled else "/eager")
        kind = dict(bfloat16=bfloat16, compiled=compiled)
        WORK["forward-1/" + name] = lambda kind=kind: forward(SMALL, 1, **kind)
        WORK["forward-8/" + name] = lambda kind=kind: forward(SMALL, 8, **kind)
        WORK["backward-8/" + name] = lambda kind=kind: backward(SMALL, 8, **kind)
        WORK["step-8/" + name] = lambda kind=kind: step(SMALL, 8, 96, 6, HEAD, **kind)
        WORK["tiny-step-64/" + name] = lambda kind=kind: step(TINY, 64, 16, 4, TINY_HEAD, **kind)


def versions():
    import timm

    return dict(
        python=platform.python_version(),
        torch=torch.__version__,
        timm=timm.__version__,
        instructions=torch.backends.cpu.get_cpu_capability(),
        threads=torch.get_num_threads(),
        pid=os.getpid(),
    )


def answer(request, ready={}):
    if "prepare" in request:
        name = request["prepare"]
        ready.clear()  # one at a time: memory
        torch.compiler.reset()
        ready[name] = WORK[name]()
        for _ in range(2):
            ready[name]()
        return dict(prepared=name)
    run = ready[request["run"]]
    start = time.perf_counter()
    run()
    return dict(seconds=time.perf_counter() - start)


def main():
    print(json.dumps(versions()), flush=True)
    for line in sys.stdin:
        try:
            reply = answer(json.loads(line))
        except Exception as e:  # the other side decides what an error means
            reply = dict(error=f"{type(e).__name__}: {e}")
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()
