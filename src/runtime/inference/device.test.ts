import { describe, expect, it } from 'vitest';
import { candidates, chooseDevice, missingDevice, type Device } from './device.js';

/** Devices of a made-up machine: ms of a pair, or why they don't open. */
function machine(devices: Partial<Record<Device, number | string>>) {
  const closed: Device[] = [];
  const tried: Device[] = [];
  return {
    closed,
    tried,
    open: (device: Device) => {
      tried.push(device);
      const is = devices[device] ?? 'not there';
      return typeof is === 'number' ? Promise.resolve({ value: device, ms: is }) : Promise.reject(new Error(is));
    },
    close: (device: Device) => {
      closed.push(device);
    },
  };
}
const present = (): undefined => undefined;

describe('chooseDevice', () => {
  it('tries the fast ones first under auto, and stays with the fastest', async () => {
    const { open, close, tried, closed } = machine({ webgpu: 2, cpu: 20 });
    const { value, choice } = await chooseDevice('auto', open, close, present);
    expect(value).toBe('webgpu');
    expect(tried).toEqual(['cuda', 'webgpu', 'cpu']);
    expect(closed).toEqual(['cpu']);
    expect(choice).toMatchObject({
      device: 'webgpu',
      requested: 'auto',
      attempts: [
        { device: 'cuda', ok: false, reason: 'not there' },
        { device: 'webgpu', ok: true, ms: 2 },
        { device: 'cpu', ok: true },
      ],
    });
    expect(choice.fallback).toBeUndefined();
  });

  it('lets go of a device that is slower than the CPU', async () => {
    const { open, close, closed } = machine({ webgpu: 200, cpu: 20 });
    const { value, choice } = await chooseDevice('auto', open, close, present);
    expect(value).toBe('cpu');
    expect(closed).toEqual(['webgpu']);
    expect(choice.attempts[1]).toMatchObject({ ok: false, reason: 'slower than the CPU here (200.0 ms per pair, CPU 20.0 ms)' });
  });

  it('passes over what looks absent, without touching it', async () => {
    const { open, close, tried } = machine({ cpu: 20 });
    const { choice } = await chooseDevice('auto', open, close, (device) => (device === 'cpu' ? undefined : 'no GPU'));
    expect(tried).toEqual(['cpu']);
    expect(choice.attempts.map(({ reason }) => reason)).toEqual(['no GPU', 'no GPU', undefined]);
  });

  it('falls back loudly from a device asked for by name', async () => {
    const { open, close } = machine({ cuda: 'Failed to load shared library\nsecond line', cpu: 20 });
    const { value, choice } = await chooseDevice('cuda', open, close, present);
    expect(value).toBe('cpu');
    expect(choice.fallback).toBe(
      'cuda was requested but is not usable (Failed to load shared library); running on cpu. docs/install.md says how to add CUDA',
    );
  });

  it('does not touch a device asked for by name that cannot be there', async () => {
    const { open, close, tried } = machine({ cpu: 20 });
    const { choice } = await chooseDevice('cuda', open, close, (device) => (device === 'cuda' ? 'libraries are not installed' : undefined));
    expect(tried).toEqual(['cpu']);
    expect(choice.fallback).toContain('(libraries are not installed)');
  });

  it('does not race a device that was asked for by name', async () => {
    const { open, close, tried } = machine({ webgpu: 200, cpu: 20 });
    expect((await chooseDevice('webgpu', open, close, present)).value).toBe('webgpu');
    expect(tried).toEqual(['webgpu']);
  });

  it('fails where not even the CPU works', async () => {
    const { open, close } = machine({ cpu: 'no memory' });
    await expect(chooseDevice('auto', open, close, present)).rejects.toThrow('no memory');
  });

  it('knows its candidates, and that the CPU is always there', () => {
    expect(candidates('cpu')).toEqual(['cpu']);
    expect(missingDevice('cpu', 'auto')).toBeUndefined();
  });
});
