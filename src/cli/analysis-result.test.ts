import { describe, expect, it } from 'vitest';
import type { Annotation } from '../events/mod.js';
import type { FileSource } from '../ingest/mod.js';
import { UnreadRegions } from '../pipeline/unread-regions.js';
import { headerOf, recordingOf, warningsOf, type Analysed } from './analysis-result.js';

const found = (mellm: string | null, flow: string | null = 'meflownet@1', incomplete?: Annotation['incomplete']): Annotation => ({
  id: 'r-1',
  session: 'r',
  face: 'f1',
  kind: 'micro',
  onset: 1,
  apex: 1.1,
  offset: 1.3,
  score: 0.7,
  aus: [],
  emotion: null,
  rois: [],
  text: '',
  source: { flow, mellm },
  latency_ms: { spot: null, flow: null, mellm: null },
  ...(incomplete ? { incomplete } : {}),
});
const health = { decodeErrors: 0, corruptFrames: 0, strayTimestamps: 0, timestampJumps: 0, start: 1.523 };
const source = (changed: Partial<typeof health> = {}): FileSource =>
  ({ format: { width: 4, height: 2, codec: 'h264' }, fps: 25, health: { ...health, ...changed } }) as unknown as FileSource;
const analysed = (change: Partial<Analysed> = {}): Analysed => ({
  video: '/films/a b.mp4',
  content: { sha256: 'ab', bytes: 2 },
  source: source(),
  fps: undefined,
  stats: { analyzed: 10, withFace: 9, failed: 0, lastT: 0.36, blocked: new Map(), unread: new UnreadRegions() },
  annotations: [],
  textServers: [],
  complete: true,
  ...change,
});

describe('the head of a result', () => {
  it('names the regions of a face that were often not read', () => {
    const unread = {
      totals: () => [{ face: 'f1', watched: 10, regions: { chin: { lost: 3, turned: 1 }, lip_lower: { lost: 1.5 } } }],
    } as unknown as UnreadRegions;
    expect(warningsOf(analysed({ stats: { analyzed: 300, withFace: 300, failed: 0, lastT: 10, blocked: new Map(), unread } }))).toEqual([
      'face f1, in view for 10.0 s: regions that could not be measured: chin 4.0 s (lost, turned)',
    ]);
  });

  it('names file, offset, frames and models', () => {
    expect(
      headerOf(analysed({ source: source({ corruptFrames: 2 }), annotations: [found('embedded@1'), found('embedded@1'), found(null)] })),
    ).toEqual({
      program: expect.stringMatching(/^mellm-live \d/) as string,
      file: { name: 'a b.mp4', bytes: 2, sha256: 'ab' },
      video: { width: 4, height: 2, codec: 'h264' },
      start: 1.523,
      duration: 0.36,
      frames: { analyzed: 10, with_face: 9, not_analyzed: 0, not_decoded: 0, damaged: 2, stray_timestamps: 0, timestamp_jumps: 0 },
      sources: { flow: { 'meflownet@1': 3 }, text: { 'embedded@1': 2 } },
      complete: true,
      warnings: ['2 damaged frames were not analysed'],
    });
  });

  it('warns where no face was seen, or frames were not analysed', () => {
    expect(
      warningsOf(
        analysed({ stats: { analyzed: 8, withFace: 0, failed: 2, lastT: 0.36, blocked: new Map(), unread: new UnreadRegions() } }),
      ),
    ).toEqual(['2 frames could not be analysed because a thread failed; run the command again', 'no face was found in any frame']);
    const none = { lastT: 0, blocked: new Map(), unread: new UnreadRegions(), failed: 0 };
    expect(warningsOf(analysed({ stats: { ...none, analyzed: 0, withFace: 0 } }))).toEqual(['no frame was analysed']);
    expect(warningsOf(analysed({ stats: { ...none, analyzed: 300, withFace: 29 } }))).toEqual([
      'a face was found in only 29 of 300 frames',
    ]);
  });

  it('warns where another model stood in', () => {
    const annotations = [found('gpu:8000/mellm'), found('embedded@1'), found(null, null, ['flow', 'mellm'])];
    expect(warningsOf(analysed({ annotations, textServers: ['gpu:8000'] }))).toEqual([
      'the texts of 1 of 3 annotations come from a model other than that of gpu:8000: gpu:8000/mellm, embedded@1',
      '1 of 3 annotations have no measured motion',
      '1 of 3 annotations have no text',
    ]);
    expect(warningsOf(analysed({ annotations: [found('gpu:8000/mellm')], textServers: ['gpu:8000'] }))).toEqual([]);
  });
});

describe('recordingOf', () => {
  it("leads from the result to the recording, and from media time to a player's", () => {
    expect(recordingOf('/films/a b.mp4', '/films/results/a.eaf', source(), undefined)).toEqual({
      name: 'a b.mp4',
      path: '/films/a b.mp4',
      relativePath: '../a b.mp4',
      start: 1.523,
      frame: 0.04,
    });
    expect(recordingOf('/films/a.mp4', '/films/a.eaf', source(), 200)).toMatchObject({ relativePath: 'a.mp4', pace: 8 });
  });
});
