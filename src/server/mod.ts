export { MellmServer } from './app.js';
export { toOpen } from './http/advertised.js';
