import { expect, it } from 'vitest';
import type { RecordingView } from '../../../src/events/recording-schema.js';
import { ProblemError } from '../../../clients/javascript/src/index.js';
import { RecordingQueue, type OpenedRecording, type RecordingServer } from './recording-queue.js';

const view = (id: string, part: Partial<RecordingView>): RecordingView => ({
  id,
  name: id,
  size: 3,
  offset: 3,
  state: 'waiting',
  position: null,
  progress: null,
  start: null,
  error: null,
  warnings: [],
  expires: null,
  ...part,
});
const file = (name: string, content = 'abc'): File => new File([content], name);
const phases = (queue: RecordingQueue): string[] => queue.all.value.map(({ status }) => status.value.phase);

/** A server that answers what `states` holds. */
function fake(
  states: Map<string, Partial<RecordingView> | Error>,
  options: { readonly hang?: string } = {},
): RecordingServer & { readonly uploads: string[]; readonly removed: string[] } {
  const uploads: string[] = [],
    removed: string[] = [];
  return {
    uploads,
    removed,
    upload: async (_file, { name }, uploading) => {
      uploads.push(name);
      uploading?.onCreated?.(view(name, { state: 'uploading' }));
      if (name === options.hang)
        await new Promise((_resolve, reject) => {
          uploading?.signal?.addEventListener('abort', () => {
            reject(uploading.signal?.reason as Error);
          });
        });
      uploading?.onProgress?.(3);
      return name;
    },
    recording: (id) => {
      const state = states.get(id) ?? {};
      return state instanceof Error ? Promise.reject(state) : Promise.resolve(view(id, state));
    },
    deleteRecording: (id) => {
      removed.push(id);
      return Promise.resolve();
    },
  };
}

function queueOf(server: RecordingServer, shown: OpenedRecording[] = []): RecordingQueue {
  return new RecordingQueue({ sessionName: () => '', onAnalyzing: (one) => shown.push(one), server, interval: 5 });
}

it('uploads files one after the other and follows their analysis', async () => {
  const states = new Map<string, Partial<RecordingView> | Error>([
    ['a', { state: 'analyzing', start: 1.5, progress: { t: 1, duration: 4, share: 0.25, speed: 3 } }],
    ['b', { position: 1 }],
  ]);
  const shown: OpenedRecording[] = [];
  const server = fake(states);
  const queue = queueOf(server, shown);
  queue.add([file('a'), file('b'), file('none', '')]);
  await expect.poll(() => phases(queue)).toEqual(['analyzing', 'waiting', 'failed']);
  expect([server.uploads, shown.map(({ file: { name }, start }) => [name, start])]).toEqual([['a', 'b'], [['a', 1.5]]]);
  expect(queue.all.value[0]?.status.value).toMatchObject({ share: 0.25, speed: 3 });
  states.set('a', { state: 'done', warnings: ['damaged'] });
  states.set('b', { state: 'failed', error: { code: 'not_a_video', message: 'no video' } });
  await expect.poll(() => phases(queue)).toEqual(['done', 'failed', 'failed']);
  expect(queue.all.value.map(({ status }) => status.value.message)).toEqual([undefined, 'no video', 'The file is empty.']);
  expect(shown).toHaveLength(1);
});

it('cancels one while it is uploaded and goes on with the next', async () => {
  const server = fake(new Map([['b', { state: 'done' as const }]]), { hang: 'a' });
  const shown: OpenedRecording[] = [];
  const queue = queueOf(server, shown);
  const [first] = queue.add([file('a'), file('b')]);
  await expect.poll(() => first?.id.value).toBe('a');
  if (first) queue.remove(first);
  await expect.poll(() => phases(queue)).toEqual(['done']);
  expect(server.removed).toEqual(['a']);
  expect(shown.map(({ id }) => id.value)).toEqual(['b']);
});

it('says so where the server forgot a recording', async () => {
  const queue = queueOf(fake(new Map([['a', new ProblemError('gone', { code: 'not_found', status: 404 })]])));
  queue.add([file('a')]);
  await expect.poll(() => phases(queue)).toEqual(['failed']);
});
