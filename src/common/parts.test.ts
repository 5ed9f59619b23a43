import { describe, expect, it } from 'vitest';
import { Parts } from './parts.js';

/** A part that notes when it is closed. */
function noting(closed: string[]): (name: string) => () => Promise<void> {
  return (name) => async () => {
    await Promise.resolve();
    closed.push(name);
  };
}

describe('Parts', () => {
  it('closes in reverse what was started in order', async () => {
    const closed: string[] = [];
    const parts = new Parts();
    expect(parts.add('bus', 'the bus', noting(closed)('bus'))).toBe('the bus');
    expect(await parts.add('models', Promise.resolve(3), (count) => closed.push(`${String(count)} models`))).toBe(3);
    parts.add('viewers', {}, noting(closed)('viewers'));
    await parts.close();
    expect(closed).toEqual(['viewers', '3 models', 'bus']);
    await parts.close();
    expect(closed).toHaveLength(3);
  });

  it('closes what was started where a later part fails to start, and throws its error', async () => {
    const closed: string[] = [];
    const start = Parts.start(async (parts) => {
      parts.add('bus', {}, noting(closed)('bus'));
      const late = new Promise<void>((resolve) => {
        setTimeout(resolve, 20);
      });
      await Promise.all([
        parts.add('models', Promise.reject(new Error('no weights')), noting(closed)('models')),
        parts.add('media', late, noting(closed)('media')),
      ]);
      parts.add('viewers', {}, noting(closed)('viewers'));
    });
    await expect(start).rejects.toThrow('no weights');
    // Media was still starting when the models failed.
    expect(closed).toEqual(['media', 'bus']);
  });

  it('closes each part by the given step, which may leave one that hangs behind', async () => {
    const steps: string[] = [];
    const closed: string[] = [];
    const parts = new Parts();
    parts.add('bus', {}, noting(closed)('bus'));
    parts.add('hangs', {}, () => new Promise(() => undefined));
    parts.add('broken', {}, () => Promise.reject(new Error('broken')));
    await parts.close(async (name, close) => {
      steps.push(name);
      await Promise.race([close().catch(() => undefined), new Promise((resolve) => setTimeout(resolve, 20))]);
    });
    expect(steps).toEqual(['broken', 'hangs', 'bus']);
    expect(closed).toEqual(['bus']);
  });
});
