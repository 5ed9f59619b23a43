import type { Annotation } from '../../events/mod.js';

/** An alert in short; `event_type` is what Home Assistant's event entities read. The category is absent where none was inferred. */
export function alertMessage({ id, session, face, kind, onset, apex, offset, score, aus, emotion, text }: Annotation, name: string) {
  return {
    event_type: kind,
    annotation: id,
    session,
    name,
    face,
    onset,
    apex,
    offset,
    score,
    aus: aus.map(({ au, side }) => (side === 'both' ? au : `${au} ${side}`)),
    ...(emotion ? { emotion: emotion.label } : {}),
    text,
  };
}
