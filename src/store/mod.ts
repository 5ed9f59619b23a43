export type { ImageName, NewSession, SessionOrigin, SessionRecord, Store, StoreHealth } from './store.js';
export { MemoryStore, type MemoryStoreOptions } from './memory-store.js';
export { StoreError, type StoreErrorCode } from './store-error.js';
