# Runs vision transformers from their weights as DINOv2 and transformers define them, and prints the
# class tokens of images as JSON. The argument is a list of jobs, [file of weights, project (dinov2
# or hf), heads, patch, height, width], in JSON. The images are sin(0), sin(1), sin(2), …, two of
# them.
import json, math, sys
import torch
import torch.nn.functional as F


def run(path, project, heads, patch, height, width):
    w = torch.load(path)
    registers = "register_tokens" in w

    def positions(table):
        head, table = table[:, :1], table[:, 1:]
        side = int(math.sqrt(table.shape[1]))
        if table.shape[1] == (height // patch) * (width // patch) and height == width:
            return torch.cat([head, table], 1)
        table = table.reshape(1, side, side, -1).permute(0, 3, 1, 2)
        rows, cols = height // patch, width // patch
        if project == "dinov2" and not registers:
            table = F.interpolate(table, scale_factor=((rows + 0.1) / side, (cols + 0.1) / side), mode="bicubic")
        else:
            table = F.interpolate(table, size=(rows, cols), mode="bicubic", antialias=registers)
        assert table.shape[-2:] == (rows, cols)
        return torch.cat([head, table.permute(0, 2, 3, 1).reshape(1, rows * cols, -1)], 1)

    def linear(x, name):
        return F.linear(x, w[name + ".weight"], w[name + ".bias"])

    def norm(x, name):
        return F.layer_norm(x, x.shape[-1:], w[name + ".weight"], w[name + ".bias"], 1e-6)

    def attention(x, name):
        batch, tokens, dim = x.shape
        if project == "hf":
            q, k, v = (linear(x, name + ".attention." + part) for part in ("query", "key", "value"))
        else:
            q, k, v = linear(x, name + ".qkv").chunk(3, -1)
        q, k, v = (part.reshape(batch, tokens, heads, -1).transpose(1, 2) for part in (q, k, v))
        x = (q @ k.transpose(-2, -1) / math.sqrt(dim // heads)).softmax(-1) @ v
        out = ".output.dense" if project == "hf" else ".proj"
        return linear(x.transpose(1, 2).reshape(batch, tokens, dim), name + out)

    def mlp(x, name):
        first, last = ("weights_in", "weights_out") if project == "hf" else ("w12", "w3")
        if name + "." + first + ".weight" in w:
            a, b = linear(x, name + "." + first).chunk(2, -1)
            return linear(F.silu(a) * b, name + "." + last)
        return linear(F.gelu(linear(x, name + ".fc1")), name + ".fc2")

    count = 2 * 3 * height * width
    images = torch.sin(torch.arange(count, dtype=torch.float64)).float().reshape(2, 3, height, width)
    if project == "hf":
        kernel, token = "embeddings.patch_embeddings.projection", "embeddings.cls_token"
        table, registered = "embeddings.position_embeddings", "embeddings.register_tokens"
        registers = registered in w
        block, scale = "encoder.layer.%d", ("layer_scale1.lambda1", "layer_scale2.lambda1")
        final, attend = "layernorm", ".attention"
    else:
        kernel, token, table, registered = "patch_embed.proj", "cls_token", "pos_embed", "register_tokens"
        block, scale, final, attend = "blocks.%d", ("ls1.gamma", "ls2.gamma"), "norm", ".attn"
    x = F.conv2d(images, w[kernel + ".weight"], w[kernel + ".bias"], stride=patch).flatten(2).transpose(1, 2)
    x = torch.cat([w[token].expand(2, -1, -1), x], 1) + positions(w[table])
    if registers:
        x = torch.cat([x[:, :1], w[registered].expand(2, -1, -1), x[:, 1:]], 1)
    depth = 0
    while block % depth + ".norm1.weight" in w:
        name = block % depth
        x = x + w[name + "." + scale[0]] * attention(norm(x, name + ".norm1"), name + attend)
        x = x + w[name + "." + scale[1]] * mlp(norm(x, name + ".norm2"), name + ".mlp")
        depth += 1
    return norm(x, final)[:, 0].flatten().tolist()


print(json.dumps([run(*job) for job in json.loads(sys.argv[1])]))
