export { sessionReport, type Pictures } from './session-report.js';
export { REPORT_POLICY } from './style.js';
