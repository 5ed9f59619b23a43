import { EMOTION_LABELS } from '../../common/emotion-labels.js';

/** JSON schema of a structured answer, for servers that hold a model to one (`response_format: json_schema`). */
export function answerSchema(emotion: boolean): Record<string, unknown> {
  const unit = { type: 'number', minimum: 0, maximum: 1 };
  const properties: Record<string, unknown> = {
    analysis: { type: 'string', description: 'part 1: the regions that moved and the AUs that they suggest' },
    ...(emotion ? { reasoning: { type: 'string', description: 'part 2: from the pattern to the category' } } : {}),
    summary: { type: 'string', description: 'the AUs, in words' },
    aus: {
      type: 'array',
      maxItems: 16,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['au', 'side', 'confidence'],
        properties: {
          au: { type: 'string', pattern: '^AU[0-9]{1,2}$' },
          side: { type: 'string', enum: ['left', 'right', 'both'] },
          confidence: unit,
        },
      },
    },
    ...(emotion
      ? {
          emotion: {
            type: 'object',
            additionalProperties: false,
            required: ['label', 'probabilities'],
            properties: {
              label: { type: 'string', enum: [...EMOTION_LABELS, 'none'] },
              probabilities: {
                type: 'object',
                additionalProperties: false,
                required: EMOTION_LABELS,
                properties: Object.fromEntries(EMOTION_LABELS.map((label) => [label, unit])),
              },
            },
          },
        }
      : {}),
  };
  return { type: 'object', additionalProperties: false, required: Object.keys(properties), properties };
}
