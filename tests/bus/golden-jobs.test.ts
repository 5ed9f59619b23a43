import { headers } from '@nats-io/transport-node';
import { describe, expect, it } from 'vitest';
import type { FlowReport } from '../../src/flow/mod.js';
import { Claim } from '../../src/cluster/nats/jobs/claim.js';
import { JobClient } from '../../src/cluster/nats/mod.js';
import { remoteFlow, serveFlow } from '../../src/cluster/flow-jobs.js';
import { remoteDescriber, serveLlm } from '../../src/cluster/llm-jobs.js';
import { golden } from './golden.js';
import { DESCRIPTION, REPORT } from './samples.js';
import { message, Wiretap } from './wiretap.js';

/** A job as a worker is handed it: delivered once, the 7th in its queue, none behind it. */
function claimed(wire: Wiretap, queue: string, job: Uint8Array): Claim {
  const head = headers();
  head.set('Mellm-Reply', 'mellm.reply.n1.1');
  return new Claim(
    wire.nats,
    message(
      { subject: `mellm.job.${queue}`, data: job, headers: head },
      undefined,
      `$JS.ACK.mellm_${queue.toUpperCase()}.workers.1.7.7.1764000000000000000.0`,
    ),
  );
}
const replies = (wire: Wiretap): Uint8Array[] => wire.sent.filter(({ subject }) => subject === 'mellm.reply.n1.1').map(({ data }) => data);

describe('jobs on the bus, version 1: written and read as when they were released', () => {
  it('flow', async () => {
    const [asking, working] = [new Wiretap('n1'), new Wiretap('n2')];
    const request = {
      session: 's1',
      annotation: 's1-1',
      onsetCrop: new Uint8Array([0, 127, 255]),
      apexCrop: new Uint8Array([255, 127, 0]),
      landmarks: new Float32Array([0.5, -1.25]),
      apexLandmarks: new Float32Array([0.75, -1.5]),
      includeImages: true,
    };
    const measured = remoteFlow(new JobClient(asking.nats))({ ...request, id: 's1-1@1.100-1.300' });
    const sent = asking.last('mellm.job.flow');
    expect(sent?.headers?.get('Mellm-Reply')).toBe('mellm.reply.n1.1');
    const job = golden('flow-job.v1.bin', sent?.data);

    const requests: unknown[] = [];
    const pictures = { flow: new Uint8Array([1, 2]), motion: new Uint8Array([3]) };
    await serveFlow({
      measure: (request) => {
        requests.push(request);
        return Promise.resolve<FlowReport>({ ...REPORT, images: pictures });
      },
    })([claimed(working, 'flow', job)]);
    expect(requests).toEqual([request]);

    const [answer] = replies(working);
    await asking.deliver('mellm.reply.n1.1', golden('flow-answer.v1.bin', answer));
    // How long it took is measured where it was asked for.
    expect(await measured).toEqual({ ...REPORT, ms: expect.any(Number) as number, images: pictures });
    expect(working.sent.at(-1)).toMatchObject({
      subject: expect.stringContaining('$JS.ACK.') as string,
      data: new TextEncoder().encode('+ACK'),
    });
  });

  it('language, with words before the answer', async () => {
    const [asking, working] = [new Wiretap('n1'), new Wiretap('n2')];
    const words: string[] = [];
    const motion = new Uint8Array([7, 8, 9]);
    const described = remoteDescriber(new JobClient(asking.nats), { picture: true })(
      { ...REPORT, images: { motion } },
      (delta) => {
        words.push(delta);
      },
      new AbortController().signal,
      's1-1',
    );
    const job = golden('llm-job.v1.bin', asking.last('mellm.job.llm')?.data);

    const reports: unknown[] = [];
    await serveLlm(
      {
        describe: (report, onText) => {
          reports.push(report);
          onText('The lip ');
          return Promise.resolve(DESCRIPTION);
        },
      },
      1000,
    )([claimed(working, 'llm', job)]);
    expect(reports).toEqual([{ ...REPORT, images: { motion } }]);

    const [text, answer] = replies(working);
    await asking.deliver('mellm.reply.n1.1', golden('llm-text.v1.bin', text));
    await asking.deliver('mellm.reply.n1.1', golden('llm-answer.v1.bin', answer));
    expect(words).toEqual(['The lip ']);
    expect(await described).toEqual({ ...DESCRIPTION, ms: expect.any(Number) as number });
  });

  it('and one that failed', async () => {
    const [asking, working] = [new Wiretap('n1'), new Wiretap('n2')];
    const described = remoteDescriber(new JobClient(asking.nats), { picture: false })(
      REPORT,
      () => undefined,
      new AbortController().signal,
      's1-1',
    );
    const claim = claimed(working, 'llm', golden('llm-job-without-picture.v1.bin', asking.last('mellm.job.llm')?.data));
    await serveLlm({ describe: () => Promise.reject(Object.assign(new Error('too many'), { code: 'overload' })) }, 1000)([claim]);
    const [failed] = replies(working);
    const told = expect(described).rejects.toMatchObject({ code: 'bus_job_failed', reason: 'overload', message: 'too many' });
    await asking.deliver('mellm.reply.n1.1', golden('job-failed.v1.bin', failed));
    await told;
  });
});
