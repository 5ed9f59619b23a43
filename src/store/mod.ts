export { IMAGE_NAMES } from './store.js';
export type {
  AnnotationPage,
  ImageName,
  NewSession,
  ReviewPage,
  SeriesBlock,
  SeriesPage,
  SessionOrigin,
  SessionPage,
  SessionRecord,
  Store,
  StoredCoder,
  StoredReview,
  StoreHealth,
} from './store.js';
export { MemoryStore, type MemoryStoreOptions } from './memory-store.js';
export { StoreError, type StoreErrorCode } from './store-error.js';
export { openStore } from './open-store.js';
export { DurableStore, type DurableStoreOptions } from './durable-store.js';
export { Retention, type RetentionOptions } from './retention.js';
export { dataFolder } from './data-folder.js';
export { missingEnd } from './recover.js';
export { after, beginning } from './session-view.js';
