import { expect, it, vi } from 'vitest';
import type { SourceEvent } from './contract.js';
import { LiveSource } from './live-source.js';

const feed = { close: () => undefined };
const fault: SourceEvent = { type: 'fault', code: 'a', message: 'b' };

it('passes on events of types that it does not know, as they are', () => {
  const source = new LiveSource(feed);
  const heard: SourceEvent[] = [];
  source.start((event) => heard.push(event));
  const unknown = { type: 'orientation', degrees: 90 } as unknown as SourceEvent;
  source.receive(unknown);
  expect(heard).toEqual([unknown]);
  expect(heard[0]).toBe(unknown);
});

it('repeats the format and the end to a listener that comes late, and nothing after the end', () => {
  const source = new LiveSource(feed);
  const format: SourceEvent = { type: 'format', format: { width: 640, height: 480, codec: 'vp8' } };
  const end: SourceEvent = { type: 'end', reason: 'ended' };
  for (const event of [format, fault, end, fault]) source.receive(event);
  const heard: SourceEvent[] = [];
  source.start((event) => heard.push(event));
  source.receive(fault);
  expect(heard).toEqual([format, end]);
});

it('survives a listener that throws, with a warning', () => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  const source = new LiveSource(feed);
  let calls = 0;
  source.start(() => {
    calls++;
    throw new Error('no');
  });
  source.receive(fault);
  source.receive(fault);
  expect(calls).toBe(2);
  expect(warn).toHaveBeenCalledWith('a listener threw on "fault": no', 'IngestWarning');
  warn.mockRestore();
});
