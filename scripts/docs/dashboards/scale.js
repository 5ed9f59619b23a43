import { dashboard, lines, of, rate, stat } from './panels.js';

export default dashboard(
  'mellm-scale',
  'mellm-live: is the installation whole?',
  'Processes, NATS and queues of an installation over several processes; empty where one process does everything. docs/scale.md.',
  [
    stat('Lowest connection to NATS', `min(${of('mellm_bus_up')})`, {
      min: 0,
      max: 1,
      thresholds: [
        [null, 'red'],
        [1, 'green'],
      ],
    }),
    stat('Events that wait for NATS', `sum(${of('mellm_bus_waiting_events')})`, {
      thresholds: [
        [null, 'green'],
        [100, 'orange'],
      ],
    }),
    stat('Sessions ended for dead processes, last hour', `sum(increase(${of('mellm_sessions_reaped_total')}[1h]))`, {
      thresholds: [
        [null, 'green'],
        [1, 'orange'],
      ],
    }),
    stat('Fullest queue', `max(${of('mellm_jobs_unacked')} / ${of('mellm_jobs_unacked_limit')})`, {
      unit: 'percentunit',
      min: 0,
      max: 1,
      thresholds: [
        [null, 'green'],
        [0.8, 'red'],
      ],
      description: 'Jobs in progress over their limit: at 100 % the queue silently stops delivering.',
    }),
    lines('Processes by role', { '{{role}}': `max by (role) (${of('mellm_nodes')})` }),
    lines('Jobs that wait', { '{{queue}}': `max by (queue) (${of('mellm_jobs_pending')})` }),
    lines(
      'Jobs in progress',
      {
        '{{queue}}': `max by (queue) (${of('mellm_jobs_unacked')})`,
        'again {{queue}}': `max by (queue) (${of('mellm_jobs_redelivered')})`,
      },
      { description: 'again: delivered more than once because a worker died.' },
    ),
    lines(
      "Pages' publishing handed on, a minute",
      { '{{method}} {{outcome}}': `60 * sum by (method, outcome) (${rate('mellm_whip_passed_on_total')})` },
      {
        description:
          'Between api processes and those that have the cameras. unreachable: the process asked is dead or hangs; a publisher that begins is taken to the next one.',
      },
    ),
    lines('Jobs answered a minute', { '{{queue}} {{result}}': `60 * sum by (queue, result) (${rate('mellm_jobs_total')})` }),
  ],
);
