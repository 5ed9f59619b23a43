// `node --import` this to run TypeScript as it stands, in the main thread, in worker threads and in child processes.
import { register } from 'tsx/esm/api';

register();
