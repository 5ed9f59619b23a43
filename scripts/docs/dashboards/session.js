import { dashboard, heatmap, lines, of, quantile, rate, stat } from './panels.js';

const perSession = (expression) => `${expression} / clamp_min(sum(${of('mellm_sessions_active')}), 1)`;

export default dashboard(
  'mellm-session',
  'mellm-live: what is it seeing?',
  'What comes in and what is found, over all sessions of the servers chosen. One session alone: the page /watch; no metric names a session.',
  [
    stat('Live sessions', `sum(${of('mellm_sessions_active')})`, {
      description: 'Publishers being analysed now, all servers together. server.max_sessions bounds them.',
    }),
    stat('Faces tracked', `sum(${of('mellm_faces_tracked')})`, {
      description:
        'Faces in view now, all sessions together. 0 with live sessions: an empty chair, a covered lens or a camera turned away.',
    }),
    stat('Faces a session', perSession(`sum(${of('mellm_faces_tracked')})`), {
      description: 'Faces in view now per live session, on average. Below 0.5 many cameras show no face.',
      thresholds: [
        [null, 'orange'],
        [0.5, 'green'],
      ],
    }),
    stat('Frames analysed, a second and session', perSession(`sum(${rate('mellm_stage_duration_seconds_count', 'stage="track"')})`), {
      description:
        'Analysed frames per second and live session. Below 24 micro-expressions may be missed: the camera is slow, or this machine is busy.',
      w: 6,
      thresholds: [
        [null, 'orange'],
        [24, 'green'],
      ],
    }),
    stat('Annotations in the last hour', `sum(increase(${of('mellm_annotations_total')}[1h]))`, {
      description:
        'Annotations closed in the last hour, all sessions together. 0 with faces in view: the panels below show whether they can be read.',
      w: 6,
    }),
    lines(
      'Annotations an hour, by kind',
      { '{{kind}}': `3600 * sum by (kind) (${rate('mellm_annotations_total')})` },
      {
        description:
          'Closed annotations per hour at the present rate: micro lasts at most 0.5 s by default, macro longer. Many at once may be speech, blinks or swallows (docs/limits.md).',
      },
    ),
    lines(
      'Annotations an hour, by category',
      { '{{emotion}}': `3600 * sum by (emotion) (${rate('mellm_annotations_total')})` },
      {
        description:
          'Closed annotations per hour at the present rate. "none": no category was inferred, with --no-emotion or because MELLM did not answer.',
        stack: true,
      },
    ),
    lines(
      'Share of the time that a face is too badly seen to spot on, by the worst fault',
      {
        '{{fault}}': `sum by (fault) (${rate('mellm_unspottable_seconds_total')}) / scalar(clamp_min(sum(${of('mellm_faces_tracked')}), 1))`,
      },
      {
        description:
          'Mean of all faces in view; nothing is spotted in that time. More light, a nearer camera or a higher frame rate helps (docs/spotting.md).',
        w: 24,
        h: 6,
        unit: 'percentunit',
        stack: true,
      },
    ),
    lines(
      'Share of the time that a region of a face could not be read',
      {
        '{{region}}': `sum by (region) (${rate('mellm_unread_seconds_total')}) / scalar(clamp_min(sum(${of('mellm_faces_tracked')}), 1))`,
      },
      {
        description: 'Mean of all faces in view. An expression there is missed in that time, while the rest of the face is still watched.',
        unit: 'percentunit',
      },
    ),
    lines(
      'Share of the time that a region could not be read, by reason',
      {
        '{{reason}}': `sum by (reason) (${rate('mellm_unread_seconds_total')}) / scalar(clamp_min(sum(${of('mellm_faces_tracked')}), 1)) / 15`,
      },
      {
        description:
          'Mean over the 15 regions of all faces in view. lost: covered, deformed or too fast; the other reasons are faults of the whole face.',
        unit: 'percentunit',
        stack: true,
      },
    ),
    heatmap('Alert latency', 'mellm_alert_latency_seconds', {
      description:
        'Number of alerts by seconds from the arrival of their apex frame. Those above 1 s are late (MellmAlertsLate in docs/runbook.md).',
      unit: 's',
    }),
    lines(
      "Where a frame's time goes, mean",
      {
        '{{stage}}': `sum by (stage) (${rate('mellm_stage_duration_seconds_sum', 'stage=~"decode|track|align|spot|publish"')}) / sum by (stage) (${rate('mellm_stage_duration_seconds_count', 'stage=~"decode|track|align|spot|publish"')})`,
      },
      {
        description:
          'Seconds per frame in each stage; publish is per event. The whole must stay below the time between two frames, 33 ms at 30 fps, or frames are dropped.',
        unit: 's',
        stack: true,
      },
    ),
    lines(
      "Where an alert's time goes, median",
      {
        'alert sent': quantile(0.5, 'mellm_alert_latency_seconds'),
        flow: quantile(0.5, 'mellm_stage_duration_seconds', '', 'stage="flow"'),
        text: quantile(0.5, 'mellm_stage_duration_seconds', '', 'stage="mellm"'),
      },
      {
        description:
          'Seconds until an alert is sent, and then for its flow and its text, in half of the cases. After 20 s an annotation closes without what is missing.',
        unit: 's',
      },
    ),
    lines(
      'Frames decoded a second, by codec',
      { '{{codec}}': `sum by (codec) (${rate('mellm_frames_decoded_total')})` },
      { description: 'Decoded video frames per second, all sessions together. It shows which codec the publishers use.', stack: true },
    ),
    lines(
      'Frames dropped a second',
      { '{{stage}}: {{reason}}': `sum by (stage, reason) (${rate('mellm_frames_dropped_total')})` },
      {
        description:
          'Frames per second that are not analysed; 0 is normal. decode, lost: the network or the publisher; track, busy: this machine; track, failed: its analysis failed.',
      },
    ),
    lines(
      'RTP packets lost, keyframes asked for',
      {
        'packets lost a second': `sum(${rate('mellm_rtp_packets_lost_total')})`,
        'keyframe requests a second': `sum(${rate('mellm_keyframe_requests_total')})`,
      },
      {
        description:
          'Packets per second lost and not recovered, and requests for a new picture after such a loss. A rising value is a bad network: cable or better Wi-Fi for the publisher.',
      },
    ),
  ],
);
