export { IMAGE_NAMES } from './store.js';
export type { ImageName, NewSession, SessionOrigin, SessionRecord, Store, StoreHealth } from './store.js';
export { MemoryStore, type MemoryStoreOptions } from './memory-store.js';
export { StoreError, type StoreErrorCode } from './store-error.js';
export { openStore } from './open-store.js';
export { KeptStore, type KeptStoreOptions } from './kept-store.js';
export { Retention, type RetentionOptions } from './retention.js';
export { dataFolder } from './data-folder.js';
