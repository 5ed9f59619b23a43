import type { FuzzTarget } from '../target.js';

/** Everything that reads what others wrote: name of the target → whether an input takes a millisecond rather than microseconds, and the file. */
export const TARGETS: readonly { readonly name: string; readonly slow?: true; readonly load: () => Promise<FuzzTarget> }[] = [
  { name: 'sdp', load: async () => (await import('./sdp.js')).sdp },
  { name: 'sdpfrag', load: async () => (await import('./sdp.js')).sdpfrag },
  { name: 'rtp', load: async () => (await import('./datagrams.js')).rtp },
  { name: 'rtcp', load: async () => (await import('./datagrams.js')).rtcp },
  { name: 'stun', load: async () => (await import('./datagrams.js')).stun },
  { name: 'dtls', load: async () => (await import('./datagrams.js')).dtls },
  { name: 'vp8', load: async () => (await import('./depacketizers.js')).vp8 },
  { name: 'vp9', load: async () => (await import('./depacketizers.js')).vp9 },
  { name: 'h264', load: async () => (await import('./depacketizers.js')).h264 },
  { name: 'av1', load: async () => (await import('./depacketizers.js')).av1 },
  { name: 'receiver', load: async () => (await import('./receiver.js')).receiver },
  { name: 'decoder', slow: true, load: async () => (await import('./decoder.js')).decoder },
  { name: 'viewer', slow: true, load: async () => (await import('./viewers.js')).viewer },
  { name: 'viewer-url', slow: true, load: async () => (await import('./viewers.js')).viewerUrl },
  { name: 'config', load: async () => (await import('./config.js')).config },
  { name: 'image', slow: true, load: async () => (await import('./pictures.js')).image },
  { name: 'flo', load: async () => (await import('./pictures.js')).flo },
  { name: 'answer', load: async () => (await import('./answers.js')).answer },
  { name: 'answer-stream', load: async () => (await import('./answers.js')).answerStream },
  { name: 'sse', load: async () => (await import('./sse.js')).sse },
];

export function loadTarget(name: string): Promise<FuzzTarget> {
  const found = TARGETS.find((target) => target.name === name);
  if (!found) throw new Error(`there is no target ${name}`);
  return found.load();
}
