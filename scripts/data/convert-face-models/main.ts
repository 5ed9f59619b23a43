/**
 * Converts the face models from TensorFlow.js to ONNX and writes models/face with its card:
 *
 *     npm run convert:face-models
 *
 * The result is committed; neither an installation nor a start converts anything.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { convert, packageModels, sha256 } from './convert.js';
import { PACKAGE, SOURCES } from './sources.js';
import { OPSET } from './tfjs-to-onnx.js';

const target = fileURLToPath(new URL('../../../models/face', import.meta.url));
const { version } = JSON.parse(await readFile(join(packageModels(), '..', 'package.json'), 'utf8')) as { version: string };

const models = [];
for (const source of SOURCES) {
  const onnx = await convert(source);
  const file = `${source.name}.onnx`;
  await writeFile(join(target, file), onnx);
  models.push({
    name: source.name,
    title: source.title,
    file,
    sha256: sha256(onnx),
    source: `npm ${PACKAGE} ${version} (MIT), weights of Google MediaPipe (Apache-2.0)`,
    converted_from: { [`${source.name}.json`]: source.json, [`${source.name}.bin`]: source.bin },
    outputs: Object.values(source.outputs),
  });
}
await writeFile(
  join(target, 'model.json'),
  `${JSON.stringify({ opset: OPSET, command: 'npm run convert:face-models', models }, null, 1)}\n`,
);
