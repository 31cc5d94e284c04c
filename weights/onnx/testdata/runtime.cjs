// Runs models with ONNX Runtime. Standard input is a JSON list of {model, input, shape, outputs}: a model file, a file of float32 with
// the images, their shape, and a file for each output. The first argument is the folder in which onnxruntime-node is installed.
const { createRequire } = require('node:module');
const fs = require('node:fs');
const path = require('node:path');

const ort = createRequire(path.join(process.argv[2], 'package.json'))('onnxruntime-node');

function float32s(file) {
  const bytes = fs.readFileSync(file);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

async function main() {
  for (const job of JSON.parse(fs.readFileSync(0, 'utf8'))) {
    const session = await ort.InferenceSession.create(job.model, { intraOpNumThreads: 1 });
    const images = new ort.Tensor('float32', float32s(job.input), job.shape);
    const results = await session.run({ [session.inputNames[0]]: images });
    session.outputNames.forEach((name, i) => {
      const { data } = results[name];
      fs.writeFileSync(job.outputs[i], Buffer.from(data.buffer, data.byteOffset, data.byteLength));
    });
  }
}

main().catch((err) => {
  console.error(err);
  process.exit(1);
});
