export { sessionReport, type Pictures, type ReportInput } from './session-report.js';
export { REPORT_POLICY } from './style.js';
