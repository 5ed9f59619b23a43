import { workerData } from 'node:worker_threads';
import { serveWorker } from '../../runtime/threads/mod.js';
import type { Decision } from './decide.js';
import { MellmModel, type SpokenOf } from './mellm-model.js';
import type { ModelFiles } from './model-files.js';

/** What was said, with the decision behind it. */
export interface Spoken extends Pick<Decision, 'aus' | 'emotion' | 'nothing'> {
  readonly text: string;
  readonly tokens: number;
}

export type MellmHandlers = {
  /** Emits `text` (job, delta) as it goes; resolves with all of it, or with `undefined` where it was cancelled. */
  speak(job: number, report: SpokenOf, emotion: boolean): Promise<Spoken | undefined>;
  cancel(job: number): void;
};

await serveWorker<MellmHandlers>((port) => {
  const model = new MellmModel(workerData as ModelFiles);
  const cancelled = new Set<number>();
  const running = new Set<number>();
  return {
    async speak(job, report, emotion) {
      running.add(job);
      let decision: Decision | undefined;
      let text = '';
      let tokens = 0;
      try {
        for (const piece of model.speak(report, emotion)) {
          if (typeof piece === 'string') {
            text += piece;
            tokens++;
            port.emit('text', [job, piece]);
          } else decision = piece;
          // Lets a cancel in between two tokens.
          await new Promise((resolve) => setImmediate(resolve));
          if (cancelled.has(job)) return undefined;
        }
      } finally {
        running.delete(job);
        cancelled.delete(job);
      }
      if (!decision) throw new Error('the model returned no decision');
      return { text, tokens, aus: decision.aus, nothing: decision.nothing, ...(decision.emotion ? { emotion: decision.emotion } : {}) };
    },
    cancel(job) {
      if (running.has(job)) cancelled.add(job);
    },
  };
});
