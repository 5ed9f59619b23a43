import { slug } from '../../common/slug.js';

/** Where a server publishes, below the topic in its settings. */
export const topicsBelow = (root: string) => ({
  /** `online` or `offline`, retained. */
  available: `${root}/available`,
  /** Number of live sessions, retained. */
  sessions: `${root}/sessions`,
  /** Alerts in short. */
  alert: `${root}/alert`,
  /** Alerts of the sessions of one name. */
  alertOf: (name: string) => `${root}/session/${slug(name)}/alert`,
  /** Events as the WebSocket sends them. */
  events: `${root}/events`,
});
