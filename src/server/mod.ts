export { MellmServer } from './server.js';
