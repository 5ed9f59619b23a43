// Exit 0 where the server on this machine answers /healthz. A certificate for another name than localhost is no fault here.
import { request as http } from 'node:http';
import { request as https } from 'node:https';

const secure = (process.env.MELLM_TLS_CERT ?? '') !== '';
const port = process.env.MELLM_SERVER_PORT ?? '8080';
const request = (secure ? https : http)({ host: '127.0.0.1', port, path: '/healthz', timeout: 4000, rejectUnauthorized: false }, (response) => {
  process.exit(response.statusCode === 200 ? 0 : 1);
});
request.on('timeout', () => { process.exit(1); });
request.on('error', () => { process.exit(1); });
request.end();
