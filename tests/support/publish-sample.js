// node publish-sample.js SERVER [NAME]: publishes the sample in a loop for tests in other languages. Says `session ID`, then, for each event
// that a WebSocket here receives, `event TYPE T SEQ MILLISECONDS-SINCE-THE-EPOCH`. Ends the session and itself when its stdin ends.
import { WebSocket } from 'ws';
import { ReplayPublisher } from '../../dist/lab/bench/replay-publisher.js';
import { sampleClip } from '../../dist/lab/bench/sample.js';

const [server = '', name = 'Sample'] = process.argv.slice(2);
const publisher = await ReplayPublisher.start({ server, file: sampleClip(), name });
process.stdout.write(`session ${publisher.session}\n`);
const socket = new WebSocket(`${server.replace('http', 'ws')}/ws?session=${publisher.session}`, 'mellm.v1');
socket.on('message', (data) => {
  const at = Date.now();
  const { type, t, seq } = JSON.parse(String(data));
  process.stdout.write(`event ${type} ${String(Array.isArray(t) ? t[0] : t)} ${String(seq ?? 0)} ${String(at)}\n`);
});
process.stdin.resume().on('end', async () => {
  await publisher.close();
  process.exit(0);
});
