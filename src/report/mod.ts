export { sessionReport, type ReportInput } from './session-report.js';
export { REPORT_POLICY } from './style.js';
