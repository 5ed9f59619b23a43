import { LIMITS } from './limits.js';
import type { Random } from './random.js';
import { Timeline } from './timeline.js';

/** A day of publishers; times in seconds. */
export interface DayOptions {
  /** Sessions wanted in the busiest hour. */
  readonly peak: number;
  /** Share of the peak wanted in each hour of the day. */
  readonly hours: readonly number[];
  /** Mean length of a session. */
  readonly length: number;
  readonly nodes: number;
  /** Places of each node. */
  readonly places: number;
  /** When a node dies, taking its sessions along; it comes back after `nodeBack`. */
  readonly death: number;
  readonly nodeBack: number;
  /** Until a publisher notices that its node is gone, and tries anew. */
  readonly notices: number;
  /** Age of what nodes know of each other. */
  readonly beat: number;
  /** `Retry-After` of an answer 503. */
  readonly retryAfter: number;
}

export interface Day {
  readonly mostSessions: number;
  readonly sessionHours: number;
  /** Publishers that came, those whose node died included. */
  readonly came: number;
  /** Share of them that was told 503 at least once. */
  readonly refused: number;
  /** Redirections (307) a publisher. */
  readonly redirections: number;
  /** Sessions that the death cut off. */
  readonly cut: number;
  /** Seconds from the death until they were live again: of half of them, and of 99 %. */
  readonly back: { readonly p50: number; readonly p99: number };
}

/** What a number in the timeline means: 4 × publisher + one of these. */
const [TRIES, ENDS, DEATH, BACK] = [0, 1, 2, 3];

/**
 * Publishers come by chance as the hour of the day wants them, ask any node, follow its 307 to the one that it holds for the
 * leastLoaded (by beats that are some seconds old), and come again after a 503. In the busiest hour a node dies, and its publishers come
 * anew.
 */
export function simulateDay(options: DayOptions, random: Random): Day {
  const { peak, hours, length, nodes, places, death, nodeBack, notices, beat, retryAfter } = options;
  const live = new Int32Array(nodes);
  /** What all know of each other; a redirection is counted in at once by the one who sends (as Nodes.leastLoaded does). */
  const known = new Int32Array(nodes);
  const alive = new Uint8Array(nodes).fill(1);
  const publishers: { node: number; ends: number; refused: boolean; cutAt: number | undefined; redirections: number }[] = [];
  const timeline = new Timeline();
  const back: number[] = [];
  let heardAt = -Infinity;
  let sessions = 0;
  let mostSessions = 0;
  let sessionSeconds = 0;
  let cut = 0;

  const place = (id: number, now: number): void => {
    const publisher = publishers[id];
    if (!publisher) return;
    // A balancer sends nobody to a node that is gone.
    let node = random.below(nodes);
    while (alive[node] === 0) node = random.below(nodes);
    for (let i = 0; (live[node] ?? 0) >= places; i++) {
      if (now - heardAt >= beat) {
        heardAt = now;
        known.set(live);
      }
      const from = node;
      node = -1;
      for (let other = 0; other < nodes; other++) {
        if (other !== from && alive[other] === 1 && (known[other] ?? 0) < places && (node < 0 || (known[other] ?? 0) < (known[node] ?? 0)))
          node = other;
      }
      if (node < 0 || i === LIMITS.hops) {
        publisher.refused = true;
        timeline.add(now + retryAfter * (1 + 0.2 * random.next()), 4 * id + TRIES);
        return;
      }
      publisher.redirections++;
      known[node] = (known[node] ?? 0) + 1;
    }
    publisher.node = node;
    live[node] = (live[node] ?? 0) + 1;
    mostSessions = Math.max(mostSessions, ++sessions);
    if (publisher.cutAt !== undefined) back.push(now - publisher.cutAt);
    publisher.ends = now + random.exponential(length);
    sessionSeconds += publisher.ends - now;
    timeline.add(publisher.ends, 4 * id + ENDS);
  };

  const most = peak / length;
  let next = random.exponential(1 / most);
  timeline.add(death, DEATH);
  for (;;) {
    const now = Math.min(next, timeline.next);
    if (now >= 86_400) break;
    if (now === next) {
      // Thinned: as many as the busiest hour wants come, and some of them did not mean it.
      if (random.next() < (hours[Math.floor(now / 3600)] ?? 0))
        place(publishers.push({ node: -1, ends: 0, refused: false, cutAt: undefined, redirections: 0 }) - 1, now);
      next = now + random.exponential(1 / most);
      continue;
    }
    const what = timeline.take();
    const id = what >> 2;
    const publisher = publishers[id];
    switch (what & 3) {
      case TRIES:
        place(id, now);
        break;
      case ENDS:
        // The end of a session that its node's death has ended before is not one.
        if (publisher?.ends !== now || publisher.node < 0) break;
        live[publisher.node] = (live[publisher.node] ?? 0) - 1;
        publisher.node = -1;
        sessions--;
        break;
      case DEATH: {
        alive[0] = 0;
        for (const [other, cutOff] of publishers.entries()) {
          if (cutOff.node !== 0) continue;
          cut++;
          sessions--;
          sessionSeconds -= cutOff.ends - now;
          Object.assign(cutOff, { node: -1, ends: 0, cutAt: now });
          timeline.add(now + notices * (0.5 + random.next()), 4 * other + TRIES);
        }
        live[0] = 0;
        timeline.add(now + nodeBack, BACK);
        break;
      }
      case BACK:
        alive[0] = 1;
        break;
    }
  }
  back.sort((a, b) => a - b);
  const came = publishers.length;
  return {
    mostSessions,
    came,
    cut,
    sessionHours: sessionSeconds / 3600,
    refused: publishers.filter(({ refused }) => refused).length / came,
    redirections: publishers.reduce((total, { redirections }) => total + redirections, 0) / came,
    back: { p50: back[Math.floor(back.length / 2)] ?? 0, p99: back[Math.floor(back.length * 0.99)] ?? 0 },
  };
}
