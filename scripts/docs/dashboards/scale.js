import { dashboard, lines, of, rate, stat } from './panels.js';

export default dashboard(
  'mellm-scale',
  'mellm-live: is the installation whole?',
  'Processes, NATS and queues of an installation over several processes; empty where one process does everything. docs/scale.md.',
  [
    stat('Lowest connection to NATS', `min(${of('mellm_bus_up')})`, {
      description:
        "1 while every process is connected to NATS, 0 while one is not, now. At 0 findings wait in that process's memory: start nats-server or repair the network.",
      min: 0,
      max: 1,
      thresholds: [
        [null, 'red'],
        [1, 'green'],
      ],
    }),
    stat('Events that wait for NATS', `sum(${of('mellm_bus_waiting_events')})`, {
      description: 'Durable events not yet in the stream now, all processes together. Above 100, or growing: NATS is slow or unreachable.',
      thresholds: [
        [null, 'green'],
        [100, 'orange'],
      ],
    }),
    stat('Sessions ended for dead processes, last hour', `sum(increase(${of('mellm_sessions_reaped_total')}[1h]))`, {
      description:
        'Sessions in the last hour whose process died, so that another one ended them; 0 is normal. Check the log of the process that died.',
      thresholds: [
        [null, 'green'],
        [1, 'orange'],
      ],
    }),
    stat('Fullest queue', `max(${of('mellm_jobs_unacked')} / ${of('mellm_jobs_unacked_limit')})`, {
      description:
        'Jobs in progress now over their limit, in the fullest queue. At 100 % the queue silently stops delivering: restart hung workers or add more.',
      unit: 'percentunit',
      min: 0,
      max: 1,
      thresholds: [
        [null, 'green'],
        [0.8, 'red'],
      ],
    }),
    lines(
      'Processes by role',
      { '{{role}}': `max by (role) (${of('mellm_nodes')})` },
      { description: "Processes with a recent heartbeat, now. At 0 that role's work is not done (MellmRoleMissing in docs/runbook.md)." },
    ),
    lines(
      'Jobs that wait',
      { '{{queue}}': `max by (queue) (${of('mellm_jobs_pending')})` },
      { description: 'Jobs waiting now for a worker. It should return to 0; a growing queue needs more processes with that role.' },
    ),
    lines(
      'Jobs in progress',
      {
        '{{queue}}': `max by (queue) (${of('mellm_jobs_unacked')})`,
        'again {{queue}}': `max by (queue) (${of('mellm_jobs_redelivered')})`,
      },
      { description: 'Jobs that workers have taken and not finished, now. again: delivered more than once because a worker died.' },
    ),
    lines(
      "Pages' publishing handed on, a minute",
      { '{{method}} {{outcome}}': `60 * sum by (method, outcome) (${rate('mellm_whip_passed_on_total')})` },
      {
        description:
          'Requests per minute between api processes and those that have the cameras. unreachable: the process asked is dead or hangs; a publisher that begins is taken to the next one.',
      },
    ),
    lines(
      'Jobs answered a minute',
      { '{{queue}} {{result}}': `60 * sum by (queue, result) (${rate('mellm_jobs_total')})` },
      {
        description:
          'Jobs per minute that workers took, by result. turned_away and expired: more alerts than the workers can process; failed: see their log.',
      },
    ),
  ],
);
