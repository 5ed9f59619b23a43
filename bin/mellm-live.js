#!/usr/bin/env node
import { bootstrap, fail } from './bootstrap.js';

try {
  bootstrap();
} catch (error) {
  fail(error);
}
// ONNX Runtime 1.29 and later reports its use to its maker, unless this stands in the environment before it is loaded.
process.env.ORT_DISABLE_TELEMETRY = '1';
const { main } = await import('../dist/src/cli/main.js');
await main(process.argv);
