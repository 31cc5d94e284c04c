# Writes PyTorch files into a folder, and prints the tensors of zip.pth and legacy.pth as JSON:
# name → type, shape, values.
import argparse, collections, fractions, json, os, pathlib, sys, types
import torch

# Lightning need not be installed for a checkpoint that names its class of settings.
lightning = types.ModuleType("lightning.fabric.utilities.data")
exec("class AttributeDict(dict):\n    pass", lightning.__dict__)
lightning.AttributeDict.__module__ = lightning.__name__
parent = ""
for part in lightning.__name__.split(".")[:-1]:
    parent = parent + "." + part if parent else part
    sys.modules[parent] = types.ModuleType(parent)
sys.modules[lightning.__name__] = lightning

folder = sys.argv[1]
names = {torch.float32: "F32", torch.float64: "F64", torch.float16: "F16", torch.bfloat16: "BF16",
         torch.int64: "I64", torch.int32: "I32", torch.int16: "I16", torch.int8: "I8",
         torch.uint8: "U8", torch.bool: "BOOL"}

base = torch.arange(24, dtype=torch.float32)
net = torch.nn.Linear(3, 2)
optimizer = torch.optim.AdamW(net.parameters())
net(torch.ones(1, 3)).sum().backward()
optimizer.step()

tensors = {
    "shared/first": base[:6], "shared/rest": base[6:].view(2, 9),
    "strided/transposed": base.view(4, 6).t(), "strided/every_second": base[::2],
    "strided/column": base.view(4, 6)[:, 2],
    "strided/permuted": base.view(2, 3, 4).permute(2, 0, 1), "strided/part": base.view(4, 6)[1:3, 2:5],
    "scalar": torch.tensor(2.5), "empty": torch.zeros(0, 3), "one": torch.ones(1, 1, 5)[:, :, 2:3],
    "parameter": torch.nn.Parameter(torch.tensor([1.5, -2.0])),
}
for dtype in names:
    tensors["types/" + names[dtype]] = torch.tensor([0, 1, 1]).to(dtype)

value = {"epoch": 7,
         "args": argparse.Namespace(lr=0.0005, arch="vit_small", use_fp16=True, scale=(0.25, 0.4),
                                    out=pathlib.PurePosixPath("/tmp")),
         "lightning": lightning.AttributeDict(lr=0.25), "counts": collections.Counter("aab"),
         "hyper_parameters": collections.OrderedDict(
             size=3, none=None, default=collections.defaultdict(dict), kinds={1, 2}, device=torch.device("cpu"),
             dtype=torch.float32, shape=torch.Size([1, 2])),
         "net": net.state_dict(), "optimizer": optimizer.state_dict()}
for name, tensor in tensors.items():
    group, _, key = name.partition("/")
    if key:
        value.setdefault(group, {})[key] = tensor
    else:
        value[group] = tensor
for key, tensor in net.state_dict().items():
    tensors["net/" + key] = tensor
for index, state in optimizer.state_dict()["state"].items():
    for key, tensor in state.items():
        tensors["optimizer/state/%d/%s" % (index, key)] = tensor

torch.save(value, os.path.join(folder, "zip.pth"))
torch.save(value, os.path.join(folder, "legacy.pth"), _use_new_zipfile_serialization=False)
torch.save({"w": torch.ones(1).expand(1000)}, os.path.join(folder, "repeated.pth"))
torch.save({"w": fractions.Fraction(1, 3)}, os.path.join(folder, "class.pth"))
torch.save(net, os.path.join(folder, "module.pth"))
torch.jit.script(net).save(os.path.join(folder, "script.pth"))
print(json.dumps({n: {"DType": names[t.dtype], "Shape": list(t.shape),
                      "Values": [float(v) for v in t.detach().flatten().to(torch.float64).tolist()]}
                  for n, t in tensors.items()}))
