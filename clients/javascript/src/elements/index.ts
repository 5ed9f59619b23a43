/** Web components of mellm-live: `<mellm-alerts>` and `<mellm-timeline>`. Importing this defines them. */
import { MellmAlerts } from './mellm-alerts.js';
import { MellmTimeline } from './mellm-timeline.js';

export { MellmAlerts } from './mellm-alerts.js';
export { MellmTimeline } from './mellm-timeline.js';
export { MellmClient } from '../client.js';
export { openCamera } from '../sources.js';
export type { ElementState } from './session-element.js';

const registry = globalThis.customElements as CustomElementRegistry | undefined;
if (registry && !registry.get('mellm-alerts')) registry.define('mellm-alerts', MellmAlerts);
if (registry && !registry.get('mellm-timeline')) registry.define('mellm-timeline', MellmTimeline);
