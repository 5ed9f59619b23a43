import { dashboard, heatmap, lines, of, quantile, rate, stat } from './panels.js';

const perSession = (expression) => `${expression} / clamp_min(sum(${of('mellm_sessions_active')}), 1)`;

export default dashboard(
  'mellm-session',
  'mellm-live: what is it seeing?',
  'What comes in and what is found, over all sessions of the servers chosen. One session alone: the page /watch; no metric names a session.',
  [
    stat('Live sessions', `sum(${of('mellm_sessions_active')})`),
    stat('Faces tracked', `sum(${of('mellm_faces_tracked')})`),
    stat('Faces a session', perSession(`sum(${of('mellm_faces_tracked')})`), {
      thresholds: [
        [null, 'orange'],
        [0.5, 'green'],
      ],
    }),
    stat('Frames analysed, a second and session', perSession(`sum(${rate('mellm_stage_duration_seconds_count', 'stage="track"')})`), {
      w: 6,
      thresholds: [
        [null, 'orange'],
        [24, 'green'],
      ],
    }),
    stat('Annotations in the last hour', `sum(increase(${of('mellm_annotations_total')}[1h]))`, { w: 6 }),
    lines('Annotations an hour, by kind', { '{{kind}}': `3600 * sum by (kind) (${rate('mellm_annotations_total')})` }),
    lines(
      'Annotations an hour, by category',
      { '{{emotion}}': `3600 * sum by (emotion) (${rate('mellm_annotations_total')})` },
      { stack: true, description: '"none": no category was inferred, with --no-emotion or because MELLM did not answer.' },
    ),
    lines(
      'Share of the time that a face is too badly seen to spot on, by the worst fault',
      {
        '{{fault}}': `sum by (fault) (${rate('mellm_unspottable_seconds_total')}) / scalar(clamp_min(sum(${of('mellm_faces_tracked')}), 1))`,
      },
      {
        w: 24,
        h: 6,
        unit: 'percentunit',
        stack: true,
        description:
          'Nothing is spotted in that time: more light, a nearer camera or a higher frame rate helps (docs/spotting.md). Of all faces in view; 100 % is never.',
      },
    ),
    lines(
      'Share of the time that a region of a face could not be read',
      {
        '{{region}}': `sum by (region) (${rate('mellm_unread_seconds_total')}) / scalar(clamp_min(sum(${of('mellm_faces_tracked')}), 1))`,
      },
      {
        unit: 'percentunit',
        description:
          'An expression there is missed in that time, while the rest of the face is still watched. Of all faces in view; 100 % is never.',
      },
    ),
    lines(
      'Share of the time that a region could not be read, by reason',
      {
        '{{reason}}': `sum by (reason) (${rate('mellm_unread_seconds_total')}) / scalar(clamp_min(sum(${of('mellm_faces_tracked')}), 1)) / 15`,
      },
      { unit: 'percentunit', stack: true, description: 'Mean over the 15 regions. lost: covered, deformed or too fast.' },
    ),
    heatmap('Alert latency', 'mellm_alert_latency_seconds', { unit: 's' }),
    lines(
      "Where a frame's time goes, mean",
      {
        '{{stage}}': `sum by (stage) (${rate('mellm_stage_duration_seconds_sum', 'stage=~"decode|track|align|spot|publish"')}) / sum by (stage) (${rate('mellm_stage_duration_seconds_count', 'stage=~"decode|track|align|spot|publish"')})`,
      },
      { unit: 's', stack: true },
    ),
    lines(
      "Where an alert's time goes, median",
      {
        'alert sent': quantile(0.5, 'mellm_alert_latency_seconds'),
        flow: quantile(0.5, 'mellm_stage_duration_seconds', '', 'stage="flow"'),
        text: quantile(0.5, 'mellm_stage_duration_seconds', '', 'stage="mellm"'),
      },
      { unit: 's' },
    ),
    lines('Frames decoded a second, by codec', { '{{codec}}': `sum by (codec) (${rate('mellm_frames_decoded_total')})` }, { stack: true }),
    lines(
      'Frames dropped a second',
      { '{{stage}}: {{reason}}': `sum by (stage, reason) (${rate('mellm_frames_dropped_total')})` },
      { description: 'decode, lost: the network or the publisher. track, busy: this machine. track, failed: a thread died.' },
    ),
    lines('RTP packets lost, keyframes asked for', {
      'packets lost a second': `sum(${rate('mellm_rtp_packets_lost_total')})`,
      'keyframe requests a second': `sum(${rate('mellm_keyframe_requests_total')})`,
    }),
  ],
);
