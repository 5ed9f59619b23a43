import { serveWorker } from '../runtime/threads/mod.js';
import type { ReportHandlers } from './flow-messages.js';
import { makeReport } from './make-report.js';

/** The thread that measures regions and draws the maps, so that neither main nor the device waits for it. */
await serveWorker<ReportHandlers>(() => ({ report: makeReport }));
