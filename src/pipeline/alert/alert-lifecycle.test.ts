import { describe, expect, it } from 'vitest';
import type { Annotation, EventDraft } from '../../events/schema.js';
import type { Window } from '../../spotting/contract.js';
import { AlertLifecycle } from './alert-lifecycle.js';
import type { CropPair } from '../vision/vision.js';

const WINDOW: Window = { key: 'f1-1', face: 'f1', kind: 'micro', onset: 1, apex: 1.12, score: 0.8, peak: 1, regions: [] };
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Alerts whose flow is measured when the test says so; a report's `ms` is the apex that it was measured at. */
function setup() {
  const published: EventDraft[] = [];
  const closed: Annotation[] = [];
  const measured: { apex: number; done: () => void }[] = [];
  const alerts = new AlertLifecycle({
    session: 's',
    now: () => 2,
    receivedAt: () => undefined,
    publish: (draft) => {
      published.push(draft);
    },
    onClosed: (annotation) => {
      closed.push(annotation);
    },
    report: { opened: () => undefined, worked: () => undefined, failed: () => undefined },
    stages: {
      crops: (_face, onset, apex) =>
        Promise.resolve({
          onset: new Uint8Array(),
          apex: new Uint8Array(),
          landmarks: new Float32Array(),
          apexLandmarks: new Float32Array(),
          onsetTime: onset,
          apexTime: apex,
        } satisfies CropPair),
      measure: ({ id }) =>
        new Promise((resolve) => {
          const apexTime = Number(id?.split('-').at(-1));
          measured.push({
            apex: apexTime,
            done: () => {
              resolve({ rois: [], head: { u: apexTime, v: 0, rotation: 0 }, source: 'x@0', ms: apexTime });
            },
          });
        }),
    },
  });
  const flows = (): number[] =>
    published.flatMap((event) => (event.type === 'annotation.updated' && event.flow ? [event.flow.head.u] : []));
  return { alerts, published, closed, measured, flows };
}

describe('AlertLifecycle', () => {
  it('measures flow again as soon as the apex moves, and publishes no older flow after that', async () => {
    const { alerts, published, closed, measured, flows } = setup();
    alerts.handle({ type: 'opened', window: WINDOW });
    await turn();
    alerts.handle({ type: 'updated', window: { ...WINDOW, apex: 1.3 } });
    await turn();
    expect(measured.map(({ apex }) => apex)).toEqual([1.12, 1.3]);
    measured[1]?.done();
    await turn();
    // The first one comes late.
    measured[0]?.done();
    await turn();
    alerts.handle({ type: 'closed', window: { ...WINDOW, apex: 1.3, offset: 1.5 } });
    await alerts.settle();
    expect(measured).toHaveLength(2);
    expect(flows()).toEqual([1.3]);
    expect(published[1]).toMatchObject({ type: 'annotation.updated', apex: 1.3 });
    expect(closed).toMatchObject([{ apex: 1.3, offset: 1.5, latency_ms: { flow: 1.3 } }]);
  });

  it('keeps the flow where the apex stays', async () => {
    const { alerts, measured, flows } = setup();
    alerts.handle({ type: 'opened', window: WINDOW });
    await turn();
    alerts.handle({ type: 'updated', window: { ...WINDOW, kind: 'macro', apex: 1.13 } });
    measured[0]?.done();
    await turn();
    alerts.handle({ type: 'closed', window: { ...WINDOW, kind: 'macro', apex: 1.13, offset: 1.9 } });
    await alerts.settle();
    expect(measured).toHaveLength(1);
    expect(flows()).toEqual([1.12]);
  });
});
