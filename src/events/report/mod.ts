export { sessionReport, type Pictures } from './session-report.js';
export { REPORT_POLICY, STYLE as REPORT_STYLE } from './style.js';
export { html, Markup } from './html.js';
