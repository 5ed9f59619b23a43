/** JSON schema of a structured answer, for servers that hold a model to one (`response_format: json_schema`). */
export function answerSchema(emotion: boolean): Record<string, unknown> {
  const unit = { type: 'number', minimum: 0, maximum: 1 };
  const labels = ['negative', 'positive', 'surprise', 'other'];
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
              label: { type: 'string', enum: [...labels, 'none'] },
              probabilities: {
                type: 'object',
                additionalProperties: false,
                required: labels,
                properties: Object.fromEntries(labels.map((label) => [label, unit])),
              },
            },
          },
        }
      : {}),
  };
  return { type: 'object', additionalProperties: false, required: Object.keys(properties), properties };
}
