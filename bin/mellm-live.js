#!/usr/bin/env node
import { bootstrap, fail } from './bootstrap.js';

try { bootstrap(); } catch (error) { fail(error); }
const { main } = await import('../dist/cli/main.js');
await main(process.argv);
