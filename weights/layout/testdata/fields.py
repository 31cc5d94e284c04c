"""Lists the fields of side files that the installed libraries write, by kind of file."""
import dataclasses, inspect, json

import timm
import transformers
from timm.models import _pretrained
from timm.models.vision_transformer import VisionTransformer

out = {}
fields = set()
for name in ("ViTConfig", "DeiTConfig", "Dinov2Config", "Dinov2WithRegistersConfig", "ViTMAEConfig", "ViTMSNConfig"):
    cls = getattr(transformers, name)
    named = inspect.signature(cls).parameters.items()
    fields |= set(cls().to_dict()) | {p for p, v in named if v.kind != v.VAR_KEYWORD}
fields -= {"_name_or_path"} - {"_name_or_path"}
out["config.json of transformers"] = sorted(fields)

fields = set()
for name in ("ViT", "DeiT", "Bit", "CLIP", "Siglip", "ConvNext", "DINOv3ViT", "Pvt", "Beit"):
    cls = getattr(transformers, name + "ImageProcessor")
    fields |= set(cls().to_dict()) | set(cls.valid_kwargs.__annotations__)
out["preprocessor_config.json of transformers"] = sorted(fields)

out["pretrained_cfg of timm"] = sorted(f.name for f in dataclasses.fields(_pretrained.PretrainedCfg))
skip = {"self"}
out["model_args of timm"] = sorted(set(inspect.signature(VisionTransformer.__init__).parameters) - skip)

names = {}
for name in timm.list_models():
    if timm.model_entrypoint(name).__module__.split(".")[-1] not in ("vision_transformer", "deit"):
        continue
    m = timm.create_model(name, device="meta")
    b = m.blocks[0]
    norms = sorted({(type(x).__name__, x.eps) for x in m.modules() if hasattr(x, "eps")})
    other = [type(b).__name__] if type(b).__name__ not in ("Block", "ResPostBlock") else []
    attn = getattr(b, "attn", None)
    if attn is not None and type(attn).__name__ != "Attention":
        other.append(type(attn).__name__)
    if any(n != "LayerNorm" for n, _ in norms):
        other.append("RmsNorm")
    if m.global_pool not in ("token", "avg"):
        other.append("pooling:" + m.global_pool)
    mlp = getattr(b, "mlp", None)
    if mlp is not None and type(mlp).__name__ not in ("Mlp", "GluMlp"):
        other.append(type(mlp).__name__)
    if other:
        names[name] = "other=" + ",".join(other)
        continue
    act = {"GELU": "gelu", "SiLU": "silu", "GELUTanh": "gelu_tanh", "QuickGELU": "quick_gelu"}[type(mlp.act).__name__]
    pool = "dist" if "Distilled" in type(m).__name__ else m.global_pool
    norm = "tokens"
    if type(m.fc_norm).__name__ != "Identity":
        norm = "features"
    elif type(m.norm).__name__ == "Identity":
        norm = "none"
    words = [f"width={m.embed_dim}", f"heads={attn.num_heads}"]
    words += [f"act={act}"] if act != "gelu" else []
    words += [f"eps={norms[0][1]:g}"] if norms[0][1] != 1e-6 else []
    words += [f"pool={pool}"] if pool != "token" else []
    words += [f"norm={norm}"] if norm != "tokens" else []
    words += ["post=1"] if type(b).__name__ == "ResPostBlock" else []
    names[name] = " ".join(words)
print(json.dumps({"Fields": out, "Names": names}))
