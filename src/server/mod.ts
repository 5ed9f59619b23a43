export { MellmServer } from './server.js';
export { toOpen } from './advertised.js';
