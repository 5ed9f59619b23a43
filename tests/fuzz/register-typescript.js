// `node --import` this to run the TypeScript of src and tests as it stands: each file's types are taken off when it is loaded.
import { register } from 'node:module';

register('./typescript-hooks.js', import.meta.url);
