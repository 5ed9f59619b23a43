import type { Config } from '../config/mod.js';
import type { DescriberOptions } from './describer.js';

/** Milliseconds that a request may wait for a place, as a share of all its time. */
const QUEUED = 0.43;

/** The section `llm` of the settings as the describer takes it. */
export function describerOptions({ llm }: Pick<Config, 'llm'>): DescriberOptions {
  return {
    url: llm.url,
    model: llm.model,
    keyFile: llm.key_file,
    dialect: llm.dialect,
    prompt: llm.prompt,
    emotion: llm.emotion,
    endpoint: {
      concurrency: llm.concurrency,
      maxTokens: llm.max_tokens,
      connectTimeout: llm.connect_timeout_ms,
      firstTokenTimeout: llm.first_token_timeout_ms,
      totalTimeout: llm.timeout_ms,
      queueTimeout: Math.round(QUEUED * llm.timeout_ms),
      patientTimeout: llm.recording_timeout_ms,
    },
  };
}

/** Milliseconds that one description of live video may take: those of the server, and some for the model that stands in. */
export function descriptionTimeout({ llm }: Pick<Config, 'llm'>): number {
  return Math.max(18_000, llm.timeout_ms + 4000);
}
