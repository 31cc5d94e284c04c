"""Makes networks of timm with random weights, one after the other: what timm saves, and its features.

Called with the list of families, a folder, a seed and how many names to draw (0 for all). After each
network it prints a line of JSON and waits for a line.
"""
import json, os, random, shutil, sys

import timm
import torch
from timm.models._hub import save_for_hf

families, folder, seed, count = json.load(open(sys.argv[1])), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
names = []
for name in timm.list_models():
    module = timm.model_entrypoint(name).__module__.split(".")[-1]
    names += [(name, f) for f in families if f["module"] == module]
names.sort(key=lambda pair: pair[0])
if count:
    names = random.Random(seed).sample(names, min(count, len(names)))

def randomized(model):
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        buffers = [b for b in model.buffers() if b.dtype.is_floating_point and b.dim() == 1]
        for parameter in list(model.parameters()) + buffers:
            noise = torch.randn(parameter.shape, generator=generator)
            if parameter.dim() < 2:
                parameter.add_(0.2 * noise)
            else:
                parameter.copy_(noise / max(1, parameter[0].numel()) ** 0.5)
    return model.eval()

def save(path, tensor):
    with open(os.path.join(folder, path), "wb") as f:
        f.write(tensor.contiguous().numpy().tobytes())

def case(name, family):
    kwargs = dict(family["kwargs"], num_classes=0)
    # the patch is found with as few blocks as there may be
    patch = timm.create_model(name, device="meta", **kwargs).patch_embed.patch_size[0]
    sides = [n * patch for n in family["patches"]]
    model = None
    for more in ({"img_size": sides[0], "dynamic_img_size": True}, {"img_size": sides[0]}, {}):
        try:
            model = randomized(timm.create_model(name, **kwargs, **more))
            break
        except TypeError:
            continue
    if "dynamic_img_size" not in more:
        sides = sides[:1] if "img_size" in more else [model.pretrained_cfg["input_size"][1]]
    shutil.rmtree(os.path.join(folder, "model"), ignore_errors=True)
    save_for_hf(model, os.path.join(folder, "model"), safe_serialization=True)
    for side in sides:
        images = torch.randn(1, 3, side, side, generator=torch.Generator().manual_seed(seed + side))
        with torch.no_grad():
            features = model(images)
        save(f"images{side}", images)
        save(f"features{side}", features)
    return {"sides": sides}

for name, family in names:
    try:
        line = case(name, family)
    except Exception as e:  # what timm itself cannot build
        line = {"failed": repr(e)[:200]}
    print(json.dumps(dict(line, name=name)), flush=True)
    sys.stdin.readline()
